// SPDX-License-Identifier: MIT
#include "file/lesson.hpp"

#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/nlohmann.hpp>

#include "support/message.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

using framing::event;
using framing::header_view;
using nlohmann::json;

namespace {

bool says_size(const header_view& header) {
    const auto& keys = framing::formats::lesson::size_keys;
    return std::ranges::any_of(keys, [&](std::string_view key) { return bool(header.find(key)); });
}

} // namespace

std::error_code lesson_files::hear(std::span<const std::byte> bytes, std::string& frames) {
    if (const auto error = token_.take(bytes, frames)) return error;
    for (event next; (next = from_client_.next(bytes)) != event::need_more;) {
        std::error_code error;
        if (next == event::error) return from_client_.error();
        if (next == event::header) error = ask(frames);
        if (next == event::body) frames += framing::as_text(from_client_.body());
        if (next == event::end && unanswered_.back() == asked::put)
            error = to_server_.encode({{"type", "put_end"}}, "", frames);
        if (error) return error;
    }
    return {};
}

std::error_code lesson_files::ask(std::string& frames) {
    const header_view& header = from_client_.header();
    const std::uint64_t size = from_client_.body_size();
    const std::string name = message::text_of(header, "file_name").value_or("");
    if (header.find("cmd") == "put" && says_size(header)) {
        unanswered_.push_back(asked::put);
        const json put{
            {"type", "put"}, {"name", name}, {"offset", 0}, {"size", size}, {"sum", "none"}};
        return to_server_.encode_head(put, size, frames);
    }
    if (header.find("cmd") != "get" || size != 0)
        return std::make_error_code(std::errc::operation_not_supported);
    unanswered_.push_back(asked::get);
    return to_server_.encode({{"type", "get"}, {"name", name}, {"sum", "none"}}, "", frames);
}

void lesson_files::say(std::span<const std::byte> frames, std::string& bytes) {
    // Our own server does not break the format.
    for (event next;
         (next = from_server_.next(frames)) != event::need_more && next != event::error;) {
        if (next == event::header) answer(bytes);
        if (next == event::body) bytes += framing::as_text(from_server_.body());
    }
}

void lesson_files::answer(std::string& bytes) {
    const header_view& header = from_server_.header();
    const auto type = header.find("type");
    const bool failed = type == "error";
    if (type == "stored" || type == "file_end" || failed) {
        const bool was_let_in = !unanswered_.empty();
        const bool is_told = was_let_in && unanswered_.front() == asked::get && !in_file_;
        if (was_let_in) unanswered_.pop_front();
        in_file_ = false;
        over_ = over_ || (failed && !is_told);
        if (!failed || !is_told) return;
    } else if (type == "file") {
        in_file_ = true;
    } else {
        return; // a greeting, a keep-alive, a farewell
    }
    json head{{"file_name", message::text_of(header, "name").value_or("")},
              {"file_size", from_server_.body_size()}};
    if (failed) head["error"] = message::text_of(header, "code").value_or("");
    static_cast<void>(to_client_.encode_head(head, from_server_.body_size(), bytes));
}
