// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/number.hpp>
#include <framing/detail/json/special_bytes.hpp>
#include <framing/detail/json/utf8.hpp>
#include <framing/detail/json/value_kinds.hpp>
#include <framing/detail/words.hpp>
#include <framing/error.hpp>
#include <framing/wire.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace framing::inline v0 {
namespace detail {

/// Copies `text` to `out` if nothing of it has to be escaped or looked at. Returns: whether it is
/// so; else what `out` holds is unspecified. Short texts are looked at from both ends, as there is
/// no reading outside them.
[[nodiscard]] inline bool copy_plain(std::string_view text, char* out) noexcept {
    const char* const at = text.data();
    const std::size_t size = text.size();
    const char* const last = at + size;
    const auto load = [](const char* from) { return load_word<std::uint64_t>(from); };
    if (size > 32) {
        if (special_bytes(at, last).next(at) != last) return false;
        std::memcpy(out, at, size);
        return true;
    }
    if (size >= 16) {
        copy_ends<16>(out, at, size);
        return !has_special(load(at), load(at + 8)) &&
               !has_special(load(last - 16), load(last - 8));
    }
    if (size >= 8) {
        copy_ends<8>(out, at, size);
        return !has_special(load(at), load(last - 8));
    }
    if (size >= 4) {
        copy_ends<4>(out, at, size);
        const std::uint64_t both =
            load_word<std::uint32_t>(at) | std::uint64_t{load_word<std::uint32_t>(last - 4)} << 32;
        return !has_special(both, both);
    }
    for (std::size_t place = 0; place < size; ++place) {
        if (is_special(at[place])) return false;
        out[place] = at[place];
    }
    return true;
}

struct header_writer_access;

} // namespace detail

/// What header_traits write a header to, as strict JSON. The first error is kept, and what is
/// written after it does not matter. One object belongs on one thread.
///
///     static void write(const point& header, framing::header_writer& out) {
///         out.object([&] {
///             out.member("x", header.x);
///             out.member("y", header.y);
///         });
///     }
///
/// Throws: std::bad_alloc, or what is thrown by `write_inside` or the traits of a value.
class header_writer {
public:
    /// With nothing written.
    header_writer() noexcept = default;
    /// Takes the memory. Pre: neither is in the middle of a header.
    header_writer(header_writer&& other) noexcept { *this = std::move(other); }
    /// Likewise.
    header_writer& operator=(header_writer&& other) noexcept {
        buffer_.swap(other.buffer_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }

    /// The header, once and with nothing beside it, or an object in it; `write_inside` calls
    /// `member` for what it holds. The size of the body comes first in a header by itself.
    template <class Write>
    void object(Write write_inside) {
        if (depth_ == 0 && size_ != prefix_size) return refuse();
        write_nested('{', '}', [&] {
            if (depth_ == 1 && body_size_ != 0) {
                put(R"(,"body_size":)");
                put_number(body_size_);
            }
            write_inside();
        });
        end_ = size_;
    }

    /// One member of an object, of any type that `member` of members<> takes. The header's own
    /// body_size is only compared: another one is `body_size_mismatch`.
    template <class T>
    void member(std::string_view key, const T& value) {
        if (depth_ == 1 && key == body_size_key && says_size_) return check_body_size(value);
        put(",");
        write_string(key);
        put(":");
        write(value);
    }

    /// An array, as the value of a member or an element; `write_inside` calls `element`.
    template <class Write>
    void array(Write write_inside) {
        write_nested('[', ']', write_inside);
    }
    /// One element of an array, of any type that `member` takes.
    template <class T>
    void element(const T& value) {
        put(",");
        write(value);
    }

    /// A value where a member or an element has its own; for the traits of its type.
    template <class T>
    void write(const T& value) {
        if constexpr (std::same_as<T, bool>)
            value ? put("true") : put("false");
        else if constexpr (std::integral<T>)
            put_number(value);
        else if constexpr (std::floating_point<T>)
            write_floating(value);
        else if constexpr (std::convertible_to<const T&, std::string_view>)
            write_string(value);
        else if constexpr (detail::is_optional<T>)
            value ? write(*value) : null();
        else if constexpr (detail::is_duration<T>)
            write(value.count());
        else if constexpr (detail::is_vector<T> || detail::is_array<T>)
            array([&] {
                for (const typename T::value_type& one : value) element(one);
            });
        else if constexpr (detail::is_map<T>)
            object([&] {
                for (const auto& [key, one] : value) member(key, one);
            });
        else if constexpr (detail::has_members<T>)
            object([&] { header_traits<T>::write_members(value, *this); });
        else if constexpr (detail::has_names<T>)
            write_name(value);
        else
            write_by_traits(value);
    }
    /// As above, a null.
    void null() { put("null"); }

    /// Says that the header is nothing that JSON can hold.
    void refuse() noexcept { fail(errc::invalid_header); }

    /// The first error; 0 where there is none.
    [[nodiscard]] errc error() const noexcept { return error_; }

private:
    friend detail::header_writer_access;

    // Every member and element is written with a comma before it; what turns out to be the first
    // one's becomes the opening bracket. The recursion goes no deeper than max_depth.
    template <class Write>
    void write_nested(char opening, char closing, Write write_inside) {
        if (depth_ >= max_depth_) return fail(errc::header_too_deep);
        const std::size_t first = size_;
        ++depth_;
        write_inside();
        --depth_;
        if (size_ == first) put(",");
        buffer_[first] = opening;
        *room(1) = closing;
        ++size_;
    }

    template <class T>
    void write_name(const T& value) {
        for (const auto& [name, named] : header_traits<T>::enumerator_names)
            if (named == value) return write_string(name);
        refuse(); // it has none
    }

    template <class T>
    void write_by_traits(const T& value) {
        if constexpr (detail::has_value_traits<T>)
            header_traits<T>::write_json(value, *this);
        else
            detail::require_value<T>();
    }

    template <class T>
    void check_body_size(const T& value) {
        if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool>) {
            if (value != body_size_) fail(errc::body_size_mismatch);
        } else {
            const std::size_t first = size_;
            write(value);
            const std::string_view text(buffer_.get() + first, size_ - first);
            size_ = first;
            if (detail::parse_size(text) != body_size_) fail(errc::body_size_mismatch);
        }
    }

    void write_string(std::string_view text) {
        char* const at = room(text.size() + 2);
        *at = '"';
        if (!detail::copy_plain(text, at + 1)) return write_with_escapes(text);
        at[text.size() + 1] = '"';
        size_ += text.size() + 2;
    }

    FRAMING_NOINLINE void write_with_escapes(std::string_view text) {
        put("\"");
        const char* at = text.data();
        const char* const last = at + text.size();
        detail::special_bytes specials(at, last);
        while (true) {
            const char* const plain = at;
            while ((at = specials.next(at)) != last && static_cast<unsigned char>(*at) >= 0x80) {
                const char* const behind = detail::skip_utf8(at, last);
                if (behind == at) return refuse();
                at = behind;
            }
            const auto size = static_cast<std::size_t>(at - plain);
            std::copy(plain, at, room(size));
            size_ += size;
            if (at == last) break;
            char* const escape = room(detail::longest_escape);
            size_ += static_cast<std::size_t>(detail::write_escape(*at++, escape) - escape);
        }
        put("\"");
    }

    template <std::floating_point T>
    void write_floating(T value) {
        if (!std::isfinite(value)) return refuse();
        const std::size_t first = size_;
        put_number(value);
        // A whole number stays one that is read back as floating point.
        const std::string_view text(buffer_.get() + first, size_ - first);
        if (text.find_first_of(".e") == text.npos) put(".0");
    }

    template <class T>
    void put_number(T value) {
        constexpr std::size_t longest = 64; // of the shortest form of any arithmetic type
        char* const at = room(longest);
        size_ += static_cast<std::size_t>(std::to_chars(at, at + longest, value).ptr - at);
    }

    template <std::size_t Size>
    FRAMING_ALWAYS_INLINE void put(const char (&literal)[Size]) {
        put_bytes<Size - 1>(literal);
    }
    template <std::size_t Size>
    FRAMING_ALWAYS_INLINE void put_bytes(const char* text) {
        std::memcpy(room(Size), text, Size);
        size_ += Size;
    }

    /// Where to write `size` more bytes.
    FRAMING_ALWAYS_INLINE char* room(std::size_t size) {
        if (capacity_ - size_ < size) grow(size);
        return buffer_.get() + size_;
    }

    FRAMING_NOINLINE void grow(std::size_t size) {
        const std::size_t larger = (std::max)({2 * capacity_, size_ + size, std::size_t{256}});
        std::unique_ptr<char[]> buffer(new char[larger]);
        if (buffer_) std::copy_n(buffer_.get(), size_, buffer.get());
        buffer_ = std::move(buffer);
        capacity_ = larger;
    }

    void fail(errc error) noexcept {
        if (error_ == errc{}) error_ = error;
    }

    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
    std::size_t end_ = 0; // of the last object, behind which the header's own ends
    std::size_t depth_ = 0;
    std::size_t max_depth_ = 0;
    std::uint64_t body_size_ = 0;
    bool says_size_ = true;
    errc error_{};
};

namespace detail {

/// What only the library does with a header_writer.
struct header_writer_access {
    /// From now on it says and compares no size: body_size is a member like any other.
    static void leave_out_size(header_writer& out) noexcept { out.says_size_ = false; }

    /// Begins a header for a body of `body_size` bytes.
    static void start(header_writer& out, std::uint64_t body_size, std::size_t max_depth) {
        out.size_ = prefix_size;
        out.end_ = 0;
        out.depth_ = 0;
        out.max_depth_ = max_depth;
        out.body_size_ = body_size;
        out.error_ = {};
        if (!out.buffer_) out.grow(0);
    }

    /// Says what is wrong with what was written, if anything is.
    [[nodiscard]] static errc finish(header_writer& out) noexcept {
        if (out.size_ != out.end_) out.refuse();
        return out.error_;
    }

    /// The header, behind four bytes for its length.
    [[nodiscard]] static std::span<std::byte> bytes(header_writer& out) noexcept {
        return std::as_writable_bytes(std::span(out.buffer_.get(), out.size_));
    }

    /// As member, of a key that is ready: a comma, the key as JSON, a colon.
    template <class Member, class T>
    FRAMING_ALWAYS_INLINE static void member(header_writer& out, const T& value) {
        if constexpr (Member::name == body_size_key)
            if (out.depth_ == 1 && out.says_size_) return out.check_body_size(value);
        out.put_bytes<sizeof Member::key.text>(Member::key.text);
        out.write(value);
    }
};

} // namespace detail
} // namespace framing::inline v0
