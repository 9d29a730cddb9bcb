// SPDX-License-Identifier: MIT
#include "framecat/body_view.hpp"

#include "framecat/styled_text.hpp"
#include "support/visible.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace framecat {
namespace {

constexpr std::string_view indent = "  ";

/// Without the beginning of a character that goes on behind its end.
std::string_view whole_characters(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xc0) == 0x80) continue;
        const std::size_t size = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return size > back ? text.substr(0, text.size() - back) : text;
    }
    return text;
}

/// Controls that only binary data has; programs colour their output with others.
bool is_binary(char c) {
    return static_cast<unsigned char>(c) < ' ' &&
           std::string_view("\a\b\t\n\r\033").find(c) == std::string_view::npos;
}

} // namespace

std::string hex_line(std::uint64_t offset, std::string_view bytes, std::size_t per_line) {
    std::array<char, 20> number{};
    std::snprintf(number.data(), number.size(), "%08llx ", static_cast<unsigned long long>(offset));
    std::string line = number.data();
    for (std::size_t i = 0; i < per_line; ++i) {
        if (i == 0 || i == 8) line += ' ';
        if (i < bytes.size()) {
            const auto byte = static_cast<unsigned char>(bytes[i]);
            line += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15], ' '};
        } else {
            line += "   ";
        }
    }
    line += " |";
    for (const char c : bytes) line += c >= ' ' && c <= '~' ? c : '.';
    return line + '|';
}

std::size_t hex_bytes_in(std::size_t columns, std::size_t before) {
    for (const std::size_t count : {16U, 8U})
        if (columns == 0 || before + hex_line(0, std::string(count, ' '), count).size() <= columns)
            return count;
    return 4;
}

bool looks_like_text(std::string_view text, bool whole) {
    return is_utf8(whole ? text : whole_characters(text)) && !std::ranges::any_of(text, is_binary);
}

void body_view::feed(std::string_view piece, std::string& out) {
    while (!piece.empty() && form_ != body_form::none && !full()) {
        const std::size_t size = std::min(piece.size(), most_held - held_.size());
        held_ += piece.substr(0, size);
        piece.remove_prefix(size);
        if (form_ == body_form::automatic && held_.size() == most_held)
            form_ = looks_like_text(held_, false) ? body_form::text : body_form::hex;
        if (form_ == body_form::text) write_text(false, out);
        if (form_ == body_form::hex) write_hex(false, out);
    }
}

void body_view::finish(std::string& out) {
    if (form_ == body_form::none) return;
    if (form_ == body_form::automatic)
        form_ = looks_like_text(held_, true) ? body_form::text : body_form::hex;
    if (form_ == body_form::text)
        write_text(true, out);
    else
        write_hex(true, out);
    held_.clear();
}

void body_view::write_text(bool at_end, std::string& out) {
    std::string_view rest = held_;
    while (!rest.empty() && !full()) {
        const std::size_t end = rest.find('\n');
        if (end != rest.npos) {
            write_line(visible(rest.substr(0, end)), end + 1, out);
            rest.remove_prefix(end + 1);
        } else if (at_end) {
            write_line(visible(rest), rest.size(), out);
            rest = {};
        } else if (rest.size() == most_held) { // a long line goes on in the next
            const std::size_t size = whole_characters(rest).size();
            write_line(visible(rest.substr(0, size)), size, out);
            rest.remove_prefix(size);
        } else {
            break;
        }
    }
    held_.erase(0, held_.size() - rest.size());
}

void body_view::write_hex(bool at_end, std::string& out) {
    const std::size_t per_line = hex_bytes_in(limits_.columns, indent.size());
    std::string_view rest = held_;
    while (!full() && (rest.size() >= per_line || (at_end && !rest.empty()))) {
        const std::string_view bytes = rest.substr(0, per_line);
        write_line(hex_line(offset_, bytes, per_line), bytes.size(), out);
        offset_ += bytes.size();
        rest.remove_prefix(bytes.size());
    }
    held_.erase(0, held_.size() - rest.size());
}

void body_view::write_line(std::string_view line, std::size_t size, std::string& out) {
    ++lines_;
    shown_ += size;
    styled_text text;
    text.add(style::plain, indent).add(style::plain, line);
    out += text.line(limits_.columns, false) + '\n';
    if (full() && shown_ < size_)
        out += std::string(indent) + "and " + std::to_string(size_ - shown_) + " bytes more\n";
}

} // namespace framecat
