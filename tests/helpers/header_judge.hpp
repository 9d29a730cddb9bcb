// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace fuzz {

struct verdict {
    framing::errc error{};
    std::uint64_t body_size = 0;
    bool too_large_for_double = false; // a number in it is
};

/// Judges a header by the words of the wire format. Shares no line with the library, and does
/// everything in the plainest way: byte by byte, by recursion.
class header_judge {
public:
    header_judge(std::string_view text, std::size_t max_depth)
        : text_(text), max_depth_(max_depth) {}

    verdict judge() {
        space();
        if (next() != '{') {
            refuse();
        } else if (object(1)) {
            space();
            if (at_ != text_.size()) refuse();
        }
        if (result_.error == framing::errc{} && (sizes_ > 1 || bad_size_))
            result_.error = framing::errc::invalid_body_size;
        if (result_.error != framing::errc{}) result_.body_size = 0;
        return result_;
    }

private:
    bool refuse(framing::errc error = framing::errc::invalid_header) {
        result_.error = error;
        return false;
    }

    /// The next byte, or -1 at the end.
    [[nodiscard]] int next() const {
        return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1;
    }
    bool take(char c) {
        if (next() != c) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void space() {
        while (take(' ') || take('\t') || take('\n') || take('\r')) continue;
    }

    bool value(std::size_t depth) {
        std::string ignored;
        space();
        if (next() == '{') return object(depth + 1);
        if (next() == '[') return array(depth + 1);
        if (next() == '"') return string(ignored);
        return take("true") || take("false") || take("null") || number();
    }

    bool object(std::size_t depth) {
        if (depth > max_depth_) return refuse(framing::errc::header_too_deep);
        take('{');
        space();
        if (take('}')) return true;
        do {
            std::string key;
            space();
            if (!string(key)) return false;
            space();
            if (!take(':')) return refuse();
            space();
            const std::size_t first = at_;
            if (!value(depth)) return false;
            if (depth == 1 && key == "body_size") size(text_.substr(first, at_ - first));
            space();
        } while (take(','));
        return take('}') || refuse();
    }

    bool array(std::size_t depth) {
        if (depth > max_depth_) return refuse(framing::errc::header_too_deep);
        take('[');
        space();
        if (take(']')) return true;
        do {
            if (!value(depth)) return false;
            space();
        } while (take(','));
        return take(']') || refuse();
    }

    /// Appends to `out` what the string says, with '?' for what is not ASCII.
    bool string(std::string& out) {
        if (!take('"')) return refuse();
        while (!take('"')) {
            const long code = take('\\') ? escape() : character();
            if (code < 0) return refuse();
            out += code < 0x80 ? static_cast<char>(code) : '?';
        }
        return true;
    }

    long escape() {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        for (std::size_t i = 0; i < letters.size(); ++i)
            if (take(letters[i])) return meanings[i];
        const long unit = utf16();
        if (unit < 0xd800 || unit > 0xdfff) return unit;
        if (unit > 0xdbff || !take('\\')) return -1;
        const long low = utf16();
        if (low < 0xdc00 || low > 0xdfff) return -1;
        return 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00);
    }
    long utf16() {
        if (!take('u')) return -1;
        long unit = 0;
        for (int i = 0; i < 4; ++i) {
            constexpr std::string_view digits = "0123456789abcdef";
            if (next() < 0) return -1;
            const bool upper = next() >= 'A' && next() <= 'F';
            const std::size_t digit =
                digits.find(static_cast<char>(upper ? next() - 'A' + 'a' : next()));
            if (digit == digits.npos) return -1;
            unit = unit * 16 + static_cast<long>(digit);
            ++at_;
        }
        return unit;
    }

    /// One character of UTF-8: as many bytes as the first one says, and no fewer bits than need
    /// so many.
    long character() {
        const int first = next();
        if (first < 0x20) return -1;
        ++at_;
        if (first < 0x80) return first;
        const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc0 || first >= 0xf8) return -1;
        long code = first & (0x3f >> more);
        for (int i = 0; i < more; ++i) {
            if (next() < 0x80 || next() >= 0xc0) return -1;
            code = code * 64 + (next() & 0x3f);
            ++at_;
        }
        constexpr long least[] = {0, 0x80, 0x800, 0x10000};
        const bool surrogate = code >= 0xd800 && code <= 0xdfff;
        return code < least[more] || code > 0x10ffff || surrogate ? -1 : code;
    }

    bool digits() {
        const std::size_t first = at_;
        while (next() >= '0' && next() <= '9') ++at_;
        return at_ != first;
    }
    bool number() {
        const std::size_t first = at_;
        take('-');
        if (!take('0') && !digits()) return refuse();
        if (take('.') && !digits()) return refuse();
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return refuse();
        }
        const std::string text(text_.substr(first, at_ - first));
        if (std::isinf(std::strtod(text.c_str(), nullptr))) result_.too_large_for_double = true;
        return true;
    }

    /// A value of body_size.
    void size(std::string_view token) {
        constexpr std::string_view most = "18446744073709551615";
        ++sizes_;
        const bool natural = token.find_first_not_of("0123456789") == token.npos;
        if (!natural || token.size() > most.size() || (token.size() == most.size() && token > most))
            bad_size_ = true;
        else
            result_.body_size = std::strtoull(std::string(token).c_str(), nullptr, 10);
    }

    std::string_view text_;
    std::size_t max_depth_;
    std::size_t at_ = 0;
    int sizes_ = 0;
    bool bad_size_ = false;
    verdict result_;
};

} // namespace fuzz
