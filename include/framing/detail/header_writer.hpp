// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/escapes.hpp>
#include <framing/detail/special_bytes.hpp>
#include <framing/detail/utf8.hpp>
#include <framing/detail/value_kinds.hpp>
#include <framing/detail/words.hpp>
#include <framing/error.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json.hpp>

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

namespace framing::inline v0::detail {

template <class T>
inline constexpr bool is_basic_json = false;
template <template <class, class, class...> class O, template <class, class...> class A, class S,
          class B, class I, class U, class F, template <class> class L,
          template <class, class = void> class Z, class Y>
inline constexpr bool is_basic_json<nlohmann::basic_json<O, A, S, B, I, U, F, L, Z, Y>> = true;

/// Copies `text` to `out` if nothing of it has to be escaped or looked at. Returns: whether it is
/// so; else what `out` holds is unspecified. Short texts take two overlapping words, as there is no
/// reading outside them.
[[nodiscard]] inline bool copy_plain(std::string_view text, char* out) noexcept {
    const auto copy_ends = [&]<class Word>(Word) {
        const auto front = load_word<Word>(text.data());
        const auto back = load_word<Word>(text.data() + text.size() - sizeof(Word));
        std::memcpy(out, text.data(), sizeof(Word));
        std::memcpy(out + text.size() - sizeof(Word), text.data() + text.size() - sizeof(Word),
                    sizeof(Word));
        if constexpr (sizeof(Word) == 8)
            return (specials_of(front) | specials_of(back)) == 0;
        else
            return specials_of(std::uint64_t{front} << 32 | back) == 0;
    };
    if (text.size() >= 16) {
        const char* const last = text.data() + text.size();
        if (special_bytes(text.data(), last).next(text.data()) != last) return false;
        std::memcpy(out, text.data(), text.size());
        return true;
    }
    if (text.size() >= 8) return copy_ends(std::uint64_t{});
    if (text.size() >= 4) return copy_ends(std::uint32_t{});
    for (const char c : text) {
        if (is_special(c)) return false;
        *out++ = c;
    }
    return true;
}

/// Writes one header as strict JSON, behind room for its length. The first error is kept, and what
/// is written after it does not matter.
///
/// Every member and element is written with a comma before it; what turns out to be the first one's
/// becomes the opening bracket.
class header_writer {
public:
    header_writer() noexcept = default;
    // Between two headers there is only the memory to move.
    header_writer(header_writer&& other) noexcept { *this = std::move(other); }
    header_writer& operator=(header_writer&& other) noexcept {
        buffer_.swap(other.buffer_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }

    /// Begins a header for a body of `body_size` bytes.
    void start(std::uint64_t body_size, std::size_t max_depth) {
        size_ = prefix_size;
        max_depth_ = max_depth;
        body_size_ = body_size;
        error_ = {};
        if (!buffer_) grow(0);
    }

    [[nodiscard]] errc error() const noexcept { return error_; }

    /// Says that the header is nothing that JSON can hold.
    void refuse() noexcept { fail(errc::invalid_header); }

    /// The header, behind four bytes for its length.
    [[nodiscard]] std::span<std::byte> bytes() noexcept {
        return std::as_writable_bytes(std::span(buffer_.get(), size_));
    }

    /// The whole header; null, as a json is that nothing was said of, is an empty one.
    template <class Json>
    void write_header(const Json& json) {
        if (!json.is_object() && !json.is_null()) return refuse();
        begin_object();
        if (json.is_null()) return end_object();
        for (const auto& [key, value] : *json.template get_ptr<const typename Json::object_t*>())
            member(key, value);
        end_object();
    }

    /// The header's own object: it starts with body_size, unless that is 0.
    void begin_object() {
        if (max_depth_ == 0) return fail(errc::header_too_deep);
        if (body_size_ == 0) return;
        put(R"({"body_size":)");
        put_number(body_size_);
    }
    void end_object() { close(prefix_size, '{', '}'); }

    /// A member of the header's own object. Its own body_size is only compared.
    template <class T>
    void member(std::string_view key, const T& value) {
        if (key == body_size_key) return check_body_size(value);
        write_key(key);
        write(value);
    }

    /// As member, of a key that is ready: a comma, the key as JSON, a colon. `depth` is that of the
    /// object it is in.
    template <std::size_t Size, class T>
    FRAMING_ALWAYS_INLINE void ready_member(const char (&key)[Size], const T& value,
                                            std::size_t depth) {
        put_bytes<Size>(key);
        write(value, depth);
    }

    template <class T>
    void check_body_size(const T& value) {
        bool same = false;
        if constexpr (is_basic_json<T>) {
            if (const auto* size = value.template get_ptr<const typename T::number_unsigned_t*>())
                same = *size == body_size_;
            else if (const auto* number =
                         value.template get_ptr<const typename T::number_integer_t*>())
                same = std::cmp_equal(*number, body_size_);
        } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
            same = value >= T{} && static_cast<std::uint64_t>(value) == body_size_;
        }
        if (!same) fail(errc::body_size_mismatch);
    }

    /// Any value that a header may hold; the header itself is at depth 1.
    template <class T>
    void write(const T& value, std::size_t depth = 1) {
        if constexpr (is_basic_json<T>)
            write_json(value, depth);
        else if constexpr (std::same_as<T, bool>)
            value ? put("true") : put("false");
        else if constexpr (std::integral<T>)
            put_number(value);
        else if constexpr (std::floating_point<T>)
            write_floating(value);
        else if constexpr (std::convertible_to<const T&, std::string_view>)
            write_string(value);
        else if constexpr (is_optional<T>)
            value ? write(*value, depth) : put("null");
        else if constexpr (is_duration<T>)
            write(value.count(), depth);
        else if constexpr (is_vector<T> || is_array<T>)
            write_elements(value, depth + 1);
        else if constexpr (is_map<T>)
            write_map(value, depth + 1);
        else if constexpr (has_members<T>)
            write_members(value, depth + 1);
        else if constexpr (has_names<T>)
            write_name(value);
        else
            write_json(nlohmann::json(value), depth);
    }

private:
    template <class Json>
    void write_json(const Json& json, std::size_t depth) {
        using kind = nlohmann::detail::value_t;
        switch (json.type()) {
        case kind::null: return put("null");
        case kind::boolean: return write(*json.template get_ptr<const typename Json::boolean_t*>());
        case kind::number_integer:
            return write(*json.template get_ptr<const typename Json::number_integer_t*>());
        case kind::number_unsigned:
            return write(*json.template get_ptr<const typename Json::number_unsigned_t*>());
        case kind::number_float:
            return write(*json.template get_ptr<const typename Json::number_float_t*>());
        case kind::string:
            return write_string(*json.template get_ptr<const typename Json::string_t*>());
        case kind::array:
            return write_elements(*json.template get_ptr<const typename Json::array_t*>(),
                                  depth + 1);
        case kind::object:
            return write_map(*json.template get_ptr<const typename Json::object_t*>(), depth + 1);
        case kind::binary:
        case kind::discarded: break;
        }
        refuse();
    }

    /// What holds other values; the recursion over them goes no deeper than max_depth.
    template <class Write>
    void write_nested(std::size_t depth, char opening, char closing, Write write_inside) {
        if (depth > max_depth_) return fail(errc::header_too_deep);
        const std::size_t first = size_;
        write_inside();
        close(first, opening, closing);
    }

    template <class Range>
    void write_elements(const Range& range, std::size_t depth) {
        write_nested(depth, '[', ']', [&] {
            for (const typename Range::value_type& element : range) {
                put(",");
                write(element, depth);
            }
        });
    }
    template <class Map>
    void write_map(const Map& map, std::size_t depth) {
        write_nested(depth, '{', '}', [&] {
            for (const auto& [key, value] : map) {
                write_key(key);
                write(value, depth);
            }
        });
    }
    template <class T>
    void write_members(const T& value, std::size_t depth) {
        write_nested(depth, '{', '}',
                     [&] { header_traits<T>::write_members(value, *this, depth); });
    }
    template <class T>
    void write_name(const T& value) {
        for (const auto& [name, named] : header_traits<T>::enumerator_names)
            if (named == value) return write_string(name);
        refuse(); // it has none
    }

    void write_key(std::string_view key) {
        put(",");
        write_string(key);
        put(":");
    }

    void write_string(std::string_view text) {
        char* const at = room(text.size() + 2);
        *at = '"';
        if (!copy_plain(text, at + 1)) return write_with_escapes(text);
        at[text.size() + 1] = '"';
        size_ += text.size() + 2;
    }

    FRAMING_NOINLINE void write_with_escapes(std::string_view text) {
        put("\"");
        const char* at = text.data();
        const char* const last = at + text.size();
        special_bytes specials(at, last);
        while (true) {
            const char* const plain = at;
            while ((at = specials.next(at)) != last && static_cast<unsigned char>(*at) >= 0x80) {
                const char* const behind = skip_utf8(at, last);
                if (behind == at) return refuse();
                at = behind;
            }
            const auto size = static_cast<std::size_t>(at - plain);
            std::copy(plain, at, room(size));
            size_ += size;
            if (at == last) break;
            char* const escape = room(longest_escape);
            size_ += static_cast<std::size_t>(write_escape(*at++, escape) - escape);
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

    /// Ends what began at `first` with the comma before its first part, if it has one.
    void close(std::size_t first, char opening, char closing) {
        if (size_ == first) put(",");
        buffer_[first] = opening;
        *room(1) = closing;
        ++size_;
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
        const std::size_t larger = std::max({2 * capacity_, size_ + size, std::size_t{256}});
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
    std::size_t max_depth_ = 0;
    std::uint64_t body_size_ = 0;
    errc error_{};
};

} // namespace framing::inline v0::detail
