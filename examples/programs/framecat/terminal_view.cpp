// SPDX-License-Identifier: MIT
#include "framecat/terminal_view.hpp"

#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>

#include "framecat/json_members.hpp"
#include "framecat/styled_text.hpp"
#include "support/timestamp.hpp"
#include "support/visible.hpp"
#include "system/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>
#include <vector>

namespace framecat {
namespace {

/// A time on the clocks of this place, to the millisecond.
std::string clock_text(timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::tm local = to_local(time);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min,
                  local.tm_sec, static_cast<int>((time - seconds).count()));
    return text.data();
}

/// When, on which connection and from which side.
void add_origin(const origin& from, styled_text& line) {
    if (from.clock) line.add(style::faint, clock_text(from.clock()) + ' ');
    if (from.connection != 0) line.add(style::strong, '#' + std::to_string(from.connection) + ' ');
    if (from.from == origin::side::client) line.add(style::there, "-> ");
    if (from.from == origin::side::server) line.add(style::back, "<- ");
}

/// Checked JSON, as much of it as the window takes.
void add_json(std::string_view checked, std::size_t columns, styled_text& line) {
    json_scanner scanner(checked);
    while (const auto token = scanner.next()) {
        if (columns != 0 && line.width() > columns) return;
        const bool is_space = token->text.find_first_not_of(" \t\r\n") == token->text.npos;
        const style how = token->what == json_token::kind::key      ? style::key
                          : token->what == json_token::kind::string ? style::string
                                                                    : style::plain;
        line.add(how, is_space ? " " : visible(token->text));
    }
}

/// The members that have a place of their own in a line are not shown again, where what is shown
/// there is all that they say.
void add_header(const framing::header_view& header, std::size_t columns, styled_text& line) {
    std::vector<json_member> members = members_of(header.text());
    const auto is_type = [](const json_member& each) { return each.key == R"("type")"; };
    const bool one_type = std::ranges::count_if(members, is_type) == 1;
    std::erase_if(members, [&](const json_member& each) {
        return each.key == R"("body_size")" ||
               (one_type && is_type(each) && each.value.starts_with('"'));
    });
    if (members.empty()) return;
    line.add(style::plain, "{");
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (columns != 0 && line.width() > columns) return;
        if (i != 0) line.add(style::plain, ",");
        line.add(style::key, visible(members[i].key)).add(style::plain, ":");
        add_json(members[i].value, columns, line);
    }
    line.add(style::plain, "}");
}

} // namespace

terminal_view::terminal_view(options look, writer write)
    : options_(std::move(look)), write_(std::move(write)) {}

void terminal_view::begin(const frame_start& frame) {
    const std::size_t width = columns();
    styled_text line;
    add_origin(options_.from, line);
    line.add(style::strong, std::to_string(frame.number) + ' ')
        .add(style::faint, '@' + std::to_string(frame.offset) + ' ');
    const framing::value_view type = frame.header.find("type");
    if (type && type.raw().starts_with('"')) {
        const std::string_view name = type.raw().substr(1, type.raw().size() - 2);
        line.add(type == "error" ? style::bad : style::strong, visible(name));
    } else {
        line.add(style::faint, "(no type)");
    }
    if (frame.body_size != 0)
        line.add(style::faint, ' ' + std::to_string(frame.body_size) +
                                   (frame.body_size == 1 ? " byte" : " bytes"));
    styled_text header;
    add_header(frame.header, width, header);
    const bool fits = width == 0 || line.width() + 1 + header.width() <= width;
    if (header.width() != 0 && fits) line.add(style::plain, " ").add(header);
    text_ = line.line(width, options_.in_colour) + '\n';
    if (!fits) {
        styled_text below;
        text_ += below.add(style::plain, "  ").add(header).line(width, options_.in_colour) + '\n';
    }
    body_.emplace(options_.body,
                  body_view::limits{width, options_.full ? 0 : body_view::limits().lines},
                  frame.body_size);
    if (options_.full) flush();
}

void terminal_view::body(std::span<const std::byte> piece) {
    body_->feed(framing::as_text(piece), text_);
    if (options_.full || body_->full()) flush();
}

void terminal_view::end() {
    body_->finish(text_);
    body_.reset();
    flush();
}

void terminal_view::broken(const framing::fault& fault, std::string_view opening) {
    if (body_) end(); // as far as it has come
    const std::size_t width = columns();
    styled_text line;
    add_origin(options_.from, line);
    line.add(style::bad, "broken ").add(style::plain, fault.message());
    text_ = line.line(0, options_.in_colour) + '\n';
    body_view bytes(body_form::hex, {width, 0}, opening.size(), fault.offset);
    bytes.feed(opening, text_);
    bytes.finish(text_);
    flush();
}

std::size_t terminal_view::columns() const {
    return options_.full ? 0 : options_.columns();
}

void terminal_view::flush() {
    write_(text_);
    text_.clear();
}

std::size_t window_columns() {
    if (const std::size_t wide = terminal::columns_of(STDOUT_FILENO); wide != 0) return wide;
    const char* const columns = std::getenv("COLUMNS");
    const int count = columns == nullptr ? 0 : std::atoi(columns);
    return count > 0 ? static_cast<std::size_t>(count) : 80;
}

std::string note_line(const origin& from, std::string_view what, bool in_colour) {
    styled_text line;
    add_origin(from, line);
    return line.add(style::faint, visible(what)).line(0, in_colour) + '\n';
}

} // namespace framecat
