// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

namespace framing::inline v0 {

/// The types whose objects are bytes of a stream.
template <class T>
concept byte_like =
    std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as < std::remove_cv_t<T>,
char > || std::same_as<std::remove_cv_t<T>, unsigned char> ||
    std::same_as<std::remove_cv_t<T>, signed char> || std::same_as<std::remove_cv_t<T>, char8_t>;

/// Bytes in one piece: std::string, std::vector<std::byte>, std::span<const char>, a literal, ...
template <class R>
concept byte_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    byte_like<std::ranges::range_value_t<R>>;

/// A parameter that takes any byte_range. Owns nothing.
///
/// A string literal counts without its terminating NUL.
class byte_view {
public:
    constexpr byte_view() noexcept = default;

    template <byte_range R>
    requires(!std::same_as<std::remove_cvref_t<R>, byte_view>)
        // Implicit, so that every byte_range is an argument as it stands.
        byte_view(R&& range)
    noexcept // NOLINT(bugprone-forwarding-reference-overload)
        : bytes_(std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {
        if constexpr (is_literal<std::remove_reference_t<R>>)
            if (!bytes_.empty() && bytes_.back() == std::byte{0})
                bytes_ = bytes_.first(bytes_.size() - 1);
    }

    [[nodiscard]] const std::byte* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

private:
    template <class T>
    static constexpr bool is_literal = std::is_array_v<T> &&
                                       (std::same_as<std::remove_extent_t<T>, const char> ||
                                        std::same_as<std::remove_extent_t<T>, const char8_t>);

    std::span<const std::byte> bytes_;
};

/// The same bytes as text. Says nothing about their encoding.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace framing::inline v0
