// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace framing::inline v0::detail {

/// Words or a number of a message.
class message_part {
public:
    template <std::convertible_to<std::string_view> Words>
    constexpr message_part(const Words& words) noexcept : words_(words) {}
    constexpr message_part(std::uint64_t number) noexcept : number_(number), is_number_(true) {}

    void append_to(std::string& message) const {
        if (is_number_)
            message += std::to_string(number_);
        else
            message += words_;
    }

private:
    std::string_view words_;
    std::uint64_t number_ = 0;
    bool is_number_ = false;
};

/// A message of its parts, by far less code than a chain of `+`. Throws: std::bad_alloc.
inline std::string join(std::initializer_list<message_part> parts) {
    std::string message;
    for (const message_part& part : parts) part.append_to(message);
    return message;
}

} // namespace framing::inline v0::detail
