// SPDX-License-Identifier: MIT
#include "shell/lesson.hpp"

#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/nlohmann.hpp>

#include "support/message.hpp"

#include <algorithm>
#include <optional>
#include <utility>

using framing::header_view;
using nlohmann::json;

namespace {

std::optional<std::uint32_t> id_of(const header_view& header) {
    return header.find("id").get<std::uint32_t>();
}

/// Any page that is open in a browser can have it send what is a command here, too; but for how
/// that begins. A line that is not whole may be one of its.
bool may_be_http(std::string_view opening) {
    constexpr std::size_t longest_line = 4096;
    const std::size_t size = std::min(opening.find('\n'), opening.size());
    const std::string_view line = opening.substr(0, size);
    constexpr std::string_view end = " HTTP/1.1\r";
    return line.size() > longest_line ||
           (line.size() >= end.size() && line.ends_with('\r') &&
            line.substr(line.size() - end.size()).starts_with(" HTTP/"));
}

} // namespace

std::error_code lesson_commands::hear(std::span<const std::byte> bytes, std::string& frames) {
    if (const auto error = token_.take(bytes, frames)) return error;
    if (bytes.empty()) return {};
    const std::string command(framing::as_text(bytes));
    if (std::exchange(trusted_, false) && may_be_http(command))
        return std::make_error_code(std::errc::wrong_protocol_type);
    if (answers_.size() == most_waiting) return std::make_error_code(std::errc::no_buffer_space);
    const std::uint32_t id = next_++;
    answers_[id];
    const json exec{{"type", "exec"}, {"id", id}, {"command", command}};
    if (const auto error = encoder_.encode(exec, "", frames)) return error;
    return encoder_.encode({{"type", "stdin_close"}, {"id", id}}, "", frames);
}

std::error_code lesson_commands::end() {
    if (answers_.empty()) return {};
    return std::make_error_code(std::errc::connection_reset);
}

void lesson_commands::say(std::span<const std::byte> frames, std::string& bytes) {
    for (const auto& frame : from_server_.feed(frames)) understand(frame, bytes);
    while (!answers_.empty() && !answers_.begin()->second.end.is_null()) {
        send(answers_.begin()->second, bytes);
        answers_.erase(answers_.begin());
    }
}

void lesson_commands::understand(const framing::frame<header_view>& frame, std::string& bytes) {
    const header_view& header = frame.header;
    const auto type = header.find("type");
    const auto id = id_of(header);
    const auto found = id ? answers_.find(*id) : answers_.end();
    if (type == "error" && (!id || found != answers_.end())) {
        answer refusal;
        answer& to = id ? found->second : refusal;
        add(to, message::text_of(header, "code").value_or("") + ": " +
                    message::text_of(header, "message").value_or("") + "\n");
        if (header.find("code") == "timeout") return; // its exit comes
        to.end = json::object();
        if (!id) send(refusal, bytes);
    } else if (found == answers_.end()) {
        return; // a greeting, a keep-alive, a farewell
    } else if (type == "stdout" || type == "stderr") {
        add(found->second, frame.text());
    } else if (type == "exit") {
        found->second.end = json::object();
        for (const char* const how : {"status", "signal"})
            if (const auto value = header.find(how))
                found->second.end[how] = json::parse(value.raw());
    }
}

void lesson_commands::add(answer& to, std::string_view text) {
    const std::size_t taken = std::min(text.size(), most_said - held_);
    held_ += taken;
    to.text += text.substr(0, taken);
    to.left_out += text.size() - taken;
}

void lesson_commands::send(answer& to, std::string& bytes) {
    if (to.left_out != 0) to.end["left_out"] = to.left_out;
    // What it holds are numbers and the names of signals.
    static_cast<void>(to_client_.encode(to.end, to.text, bytes));
    held_ -= to.text.size();
}
