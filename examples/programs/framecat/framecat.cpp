// SPDX-License-Identifier: MIT
// Looks into a stream of frames, and makes one by hand.
//
//   printf '\x00\x00\x00\x02{}' | framecat decode
//   echo '{"header":{"type":"chat"},"text":"hello"}' | framecat encode | framecat decode --text
#include <framing/framing.hpp>

#include "framecat/base64.hpp"
#include "support/command_line.hpp"
#include "support/descriptor.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/visible.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

struct options {
    framing::limits limits;
    std::string file = "-";
    bool text = false;
    bool no_body = false;
};

/// Standard input, or a file.
class source {
public:
    explicit source(const std::string& file) : name_(file == "-" ? "standard input" : file) {
        if (file == "-") return;
        file_ = descriptor(::open(file.c_str(), O_RDONLY));
        number_ = file_.get();
        if (number_ < 0)
            throw std::system_error(errno, std::generic_category(), "cannot read " + file);
    }

    /// What is there, at most as much as fits; nothing at the end.
    std::size_t read(std::span<std::byte> into) { return read_some(number_, into, name_.c_str()); }

private:
    std::string name_;
    descriptor file_;
    int number_ = STDIN_FILENO;
};

/// A line of JSON: the header as it came, but for white space, which JSON has only between tokens
/// where it is no space, and characters that act on a terminal.
std::string line_of(const framing::frame<framing::header_view>& frame, const options& options) {
    std::string header(frame.header.text());
    std::ranges::replace_if(
        header, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    std::string line =
        R"({"header":)" + visible(header) + R"(,"body_size":)" + std::to_string(frame.body.size());
    if (options.no_body) return line + "}\n";
    if (!options.text) return line + R"(,"body":")" + base64::encode(frame.body) + "\"}\n";
    return line + R"(,"text":)" + message::to_text(frame.text()) + "}\n";
}

int decode(const options& options) {
    source input(options.file);
    framing::reassembler<framing::header_view> incoming(options.limits);
    constexpr std::size_t chunk = 64 * 1024;
    while (!incoming.error()) {
        const std::size_t size = input.read(incoming.prepare(chunk));
        std::string lines;
        for (const auto& frame : incoming.commit(size)) lines += line_of(frame, options);
        write_all(STDOUT_FILENO, lines);
        if (size == 0) break;
    }
    const framing::fault& fault = incoming.finish();
    if (!fault) return program::done;
    write_all(STDOUT_FILENO, R"({"error":")" + std::string(framing::name(fault.code)) +
                                 R"(","offset":)" + std::to_string(fault.offset) + "}\n");
    program::complain(fault.message());
    return program::failed;
}

/// The body that a line gives, as base 64 or as text.
std::string body_of(const framing::header_view& line) {
    std::string body;
    if (const auto text = line.find("text")) {
        if (!text.get_to(body)) throw std::runtime_error("\"text\" is not a string");
    } else if (const auto encoded = line.find("body")) {
        std::string base64;
        std::optional<std::string> bytes;
        if (encoded.get_to(base64)) bytes = base64::decode(base64);
        if (!bytes) throw std::runtime_error("\"body\" is not a string of base 64");
        body = std::move(*bytes);
    }
    if (const auto size = line.find("body_size"); size && size.get<std::uint64_t>() != body.size())
        throw std::runtime_error("\"body_size\" is " + std::string(size.raw()) +
                                 ", but the body has " + std::to_string(body.size()) + " bytes");
    return body;
}

/// The frame that one line describes.
std::string frame_of(std::string_view line, const options& options) {
    framing::fault fault;
    const auto object = framing::header_view::parse(
        line, {.max_header_size = line.size(), .max_depth = options.limits.max_depth + 1}, fault);
    if (!object) throw std::runtime_error("not one JSON object (" + fault.message() + ')');
    const auto member = object->find("header");
    if (!member) throw std::runtime_error("no \"header\"");
    const auto header = framing::header_view::parse(member.raw(), options.limits, fault);
    if (!header) throw std::runtime_error("\"header\": " + fault.message());

    framing::encoder<framing::header_view> encoder(options.limits);
    std::string wire;
    if (const std::error_code error = encoder.encode(*header, body_of(*object), wire))
        throw std::runtime_error(error.message());
    return wire;
}

int encode(const options& options) {
    source input(options.file);
    std::array<std::byte, 64 * 1024> chunk{};
    std::string lines;
    std::size_t number = 0;
    const auto flush = [&](bool end) {
        std::string frames;
        std::size_t from = 0;
        const auto take = [&](std::string_view line) {
            ++number;
            if (line.find_first_not_of(" \t\r") == line.npos) return;
            try {
                frames += frame_of(line, options);
            } catch (const std::runtime_error& error) {
                write_all(STDOUT_FILENO, frames);
                throw std::runtime_error("line " + std::to_string(number) + ": " + error.what());
            }
        };
        for (std::size_t to = 0; (to = lines.find('\n', from)) != lines.npos; from = to + 1)
            take(std::string_view(lines).substr(from, to - from));
        lines.erase(0, from);
        if (end && !lines.empty()) take(lines);
        write_all(STDOUT_FILENO, frames);
    };
    while (const std::size_t size = input.read(chunk)) {
        lines += framing::as_text(std::span(chunk).first(size));
        if (framing::as_text(std::span(chunk).first(size)).find('\n') != std::string_view::npos)
            flush(false);
    }
    flush(true);
    return program::done;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("framecat",
                      "Looks into a stream of frames, and makes one from lines of JSON.");
    options options;

    command_line& decoding = line.add_command("decode", "frames in, one JSON object a line out");
    decoding.add_flag("--text", options.text, "show bodies as text, not as base 64");
    decoding.add_flag("--no-body", options.no_body, "leave the bodies out");
    command_line& encoding =
        line.add_command("encode", "such lines in (\"body\" or \"text\"), frames out");
    for (command_line* const command : {&decoding, &encoding}) {
        command->add("FILE", options.file, "a file, or - for standard input");
        command->add("--max-header", options.limits.max_header_size, "bytes of a header")
            .named("N")
            .between(0, most_size);
        command->add("--max-depth", options.limits.max_depth, "levels of nesting")
            .named("N")
            .between(0, most_size);
    }
    decoding.add("--max-body", options.limits.max_body_size, "bytes of a body")
        .named("N")
        .between(0, most_size);

    return line.run(argc, argv,
                    [&] { return decoding.chosen() ? decode(options) : encode(options); });
}
