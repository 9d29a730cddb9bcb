// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

namespace framing::inline v0 {

namespace detail {
template <class T, class... Types>
inline constexpr bool is_one_of = (std::is_same_v<T, Types> || ...);

template <class T>
inline constexpr bool is_byte = is_one_of<T, std::byte, char, unsigned char, signed char, char8_t>;
} // namespace detail

/// The types whose objects are bytes of a stream.
template <class T>
concept byte_like = detail::is_byte<std::remove_cv_t<T>>;

/// Bytes in one piece: std::string, std::vector<std::byte>, std::span<const char>, a literal, ...
template <class R>
concept byte_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    byte_like<std::ranges::range_value_t<R>>;

/// A parameter that takes any byte_range. Owns nothing: the bytes have to live while it is used.
///
/// A string literal counts without its terminating NUL. So does any other `const char[N]` that ends
/// with one, which looks the same to a function: give binary data as std::array, std::span or
/// std::string_view, or as pointer and size. A `char[N]` that is not const is a buffer, and counts
/// with all it has. A `const char*` is a C string.
class byte_view {
public:
    /// No bytes.
    constexpr byte_view() noexcept = default;

    /// All of a range. Implicit, so that every byte_range is an argument as it stands.
    template <byte_range R>
    byte_view(R&& range) noexcept : bytes_(all_of(range)) {
        if constexpr (is_string_literal<std::remove_reference_t<R>>)
            if (bytes_.back() == std::byte{0}) bytes_ = bytes_.first(bytes_.size() - 1);
    }

    /// A C string, up to its NUL.
    // By reference, so that an array stays one.
    template <class Text>
    requires detail::is_one_of<Text, const char*, char*> byte_view(const Text& text)
    noexcept : byte_view(std::string_view(text)) {}

    /// The `size` bytes from `data` on.
    byte_view(const void* data, std::size_t size) noexcept
        : bytes_(static_cast<const std::byte*>(data), size) {}

    /// Where the bytes begin.
    [[nodiscard]] const std::byte* data() const noexcept { return bytes_.data(); }
    /// How many there are.
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    /// All of them; not copied.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

private:
    template <class R>
    static std::span<const std::byte> all_of(R& range) noexcept {
        return std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)));
    }

    template <class T>
    static constexpr bool is_string_literal =
        std::is_array_v<T>&& detail::is_one_of<std::remove_extent_t<T>, const char, const char8_t>;

    std::span<const std::byte> bytes_;
};

/// A view of the same bytes as text. Says nothing about their encoding.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace framing::inline v0
