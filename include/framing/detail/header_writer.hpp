// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/special_bytes.hpp>
#include <framing/detail/utf8.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/wire.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace framing::inline v0::detail {

template <class T>
inline constexpr bool is_basic_json = false;
template <template <class, class, class...> class O, template <class, class...> class A, class S,
          class B, class I, class U, class F, template <class> class L,
          template <class, class = void> class Z, class Y>
inline constexpr bool is_basic_json<nlohmann::basic_json<O, A, S, B, I, U, F, L, Z, Y>> = true;

/// Writes one header as strict JSON, behind room for its length. The first error is kept, and what
/// is written after it does not matter.
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
        size_ = 0;
        depth_ = 0;
        max_depth_ = max_depth;
        body_size_ = body_size;
        error_ = {};
        put({"\0\0\0", prefix_size});
    }

    [[nodiscard]] errc error() const noexcept { return error_; }

    /// Says that the header is nothing that JSON can hold.
    void refuse() noexcept { fail(errc::invalid_header); }

    /// The header, behind four bytes for its length.
    [[nodiscard]] std::span<std::byte> bytes() noexcept {
        return std::as_writable_bytes(std::span(buffer_.get(), size_));
    }

    /// The header is text already checked: as it is, but for a body_size it does not say yet.
    void write_checked(const header_view& header) {
        if (header_view_access::depth(header) > max_depth_) return fail(errc::header_too_deep);
        std::string_view text = header.text();
        if (header_view_access::has_body_size(header)) {
            if (header.body_size() != body_size_) return fail(errc::body_size_mismatch);
        } else if (body_size_ != 0) {
            begin_object();
            text.remove_prefix(text.find_first_not_of(" \t\n\r", text.find('{') + 1));
            if (text.front() != '}') put(',');
        }
        put(text);
    }

    /// Opens an object; the outermost one starts with body_size, unless that is 0.
    void begin_object() {
        open('{');
        if (depth_ != 1 || body_size_ == 0) return;
        put(R"("body_size":)");
        put_number(body_size_);
    }
    void end_object() { close('}'); }

    /// A member of the outermost object. Its own body_size is only compared.
    template <class T>
    void member(std::string_view key, const T& value) {
        if (key == body_size_key) return check_body_size(value);
        write_key(key);
        write(value);
    }

    /// Any value that a header may hold.
    template <class T>
    void write(const T& value) {
        if constexpr (is_basic_json<T>)
            write_json(value);
        else if constexpr (std::same_as<T, bool>)
            put(value ? "true" : "false");
        else if constexpr (std::integral<T>)
            put_number(value);
        else if constexpr (std::floating_point<T>)
            write_floating(value);
        else if constexpr (std::convertible_to<const T&, std::string_view>)
            write_string(value);
        else
            write_json(nlohmann::json(value));
    }

private:
    template <class Json>
    void write_json(const Json& json) {
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
        case kind::array: return write_array(json);
        case kind::object: return write_object(json);
        case kind::binary:
        case kind::discarded: break;
        }
        refuse();
    }

    // The recursion of the two goes no deeper than max_depth.
    template <class Json>
    void write_array(const Json& json) {
        open('[');
        if (error_ != errc{}) return;
        for (const Json& element : json) {
            put_comma();
            write_json(element);
        }
        close(']');
    }
    template <class Json>
    void write_object(const Json& json) {
        begin_object();
        if (error_ != errc{}) return;
        for (const auto& [key, value] : *json.template get_ptr<const typename Json::object_t*>()) {
            if (depth_ == 1) {
                member(key, value);
            } else {
                write_key(key);
                write_json(value);
            }
        }
        end_object();
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

    void write_key(std::string_view key) {
        put_comma();
        write_string(key);
        put(':');
    }

    void write_string(std::string_view text) {
        put('"');
        const char* at = text.data();
        const char* const last = at + text.size();
        special_bytes<stops::unchecked> specials(at, last);
        for (const char* plain = at;; plain = at) {
            while ((at = specials.next(at)) != last && static_cast<unsigned char>(*at) >= 0x80) {
                const std::size_t size = utf8_sequence(at, last);
                if (size == 0) return refuse();
                at += size;
            }
            put({plain, static_cast<std::size_t>(at - plain)});
            if (at == last) break;
            write_escape(*at++);
        }
        put('"');
    }

    void write_escape(char c) {
        constexpr std::string_view hex = "0123456789abcdef";
        constexpr std::string_view plain = "\"\\\b\f\n\r\t";
        constexpr std::string_view letters = "\"\\bfnrt";
        if (const std::size_t i = plain.find(c); i != plain.npos) {
            const char escape[] = {'\\', letters[i]};
            return put({escape, 2});
        }
        const auto byte = static_cast<unsigned char>(c);
        const char escape[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
        put({escape, 6});
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
        room(longest);
        char* const at = buffer_.get() + size_;
        size_ += static_cast<std::size_t>(std::to_chars(at, at + longest, value).ptr - at);
    }

    /// Before a key or an element, unless it is the first.
    void put_comma() {
        const char before = buffer_[size_ - 1];
        if (before != '{' && before != '[') put(',');
    }

    void open(char bracket) {
        if (++depth_ > max_depth_) return fail(errc::header_too_deep);
        put(bracket);
    }
    void close(char bracket) {
        --depth_;
        put(bracket);
    }

    void put(char c) {
        room(1);
        buffer_[size_++] = c;
    }
    void put(std::string_view text) {
        room(text.size());
        std::copy(text.begin(), text.end(), buffer_.get() + size_);
        size_ += text.size();
    }

    /// Makes sure that `size` more bytes fit.
    void room(std::size_t size) {
        if (capacity_ - size_ >= size) return;
        const std::size_t larger = std::max({2 * capacity_, size_ + size, std::size_t{256}});
        std::unique_ptr<char[]> buffer(new char[larger]);
        std::copy_n(buffer_.get(), size_, buffer.get());
        buffer_ = std::move(buffer);
        capacity_ = larger;
    }

    void fail(errc error) noexcept {
        if (error_ == errc{}) error_ = error;
    }

    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
    std::size_t depth_ = 0;
    std::size_t max_depth_ = 0;
    std::uint64_t body_size_ = 0;
    errc error_{};
};

} // namespace framing::inline v0::detail
