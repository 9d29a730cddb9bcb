// SPDX-License-Identifier: MIT
#include "framecat/encode.hpp"

#include <framing/byte_view.hpp>

#include "framecat/frame_line.hpp"
#include "framecat/input.hpp"
#include "framecat/line_splitter.hpp"
#include "framecat/wire_options.hpp"
#include "support/descriptor.hpp"
#include "support/program.hpp"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>

namespace framecat {

void add_options(command_line& line, encode_options& options) {
    line.add("FILE", options.file, "a file, or - for standard input");
    add_options(line, options.wire);
    line.add_note(
        "A line is a frame, as decode prints it; its body is \"text\", \"body\" (base 64) "
        "or \"hex\", or none.");
    line.add_example("framecat encode lines.json > stream.bin", "make a stream of frames");
    line.add_example("echo '" + std::string(example_line) + "' | framecat encode", "make a frame");
}

int encode(const encode_options& options) {
    input lines_in(options.file);
    line_splitter lines;
    std::string frames;
    const auto take = [&](const line_splitter::line& line) {
        try {
            frames += frame_of(line.text, options.wire);
        } catch (const std::runtime_error& error) {
            write_all(STDOUT_FILENO, frames);
            throw std::runtime_error("line " + std::to_string(line.number) + ": " + error.what());
        }
    };
    std::array<std::byte, 64 * 1024> chunk{};
    while (const std::size_t size = lines_in.read(chunk)) {
        lines.feed(framing::as_text(std::span(chunk).first(size)));
        while (const auto line = lines.next()) take(*line);
        write_all(STDOUT_FILENO, frames);
        frames.clear();
    }
    if (const auto line = lines.last()) take(*line);
    write_all(STDOUT_FILENO, frames);
    return program::done;
}

} // namespace framecat
