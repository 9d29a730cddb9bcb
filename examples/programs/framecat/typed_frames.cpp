// SPDX-License-Identifier: MIT
#include "framecat/typed_frames.hpp"

#include "framecat/frame_line.hpp"
#include "support/program.hpp"
#include "system/terminal.hpp"

#include <unistd.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace framecat {

asio::awaitable<std::optional<std::string>> typed_frames::next() {
    std::vector<char> chunk;
    while (!over_) {
        while (const auto line = lines_.next()) {
            auto frame = take(*line);
            if (frame || over_) co_return frame;
        }
        const bool there = co_await input_.wait();
        if (!there) break;
        constexpr std::size_t most = 64 * 1024;
        chunk.resize(most);
        const std::optional<std::size_t> size = standard_input::read(chunk);
        if (size) lines_.feed(std::string_view(chunk.data(), *size));
        if (size != 0U) continue;
        over_ = true;
        if (const auto line = lines_.last()) co_return take(*line);
    }
    co_return std::nullopt;
}

std::optional<std::string> typed_frames::take(const line_splitter::line& line) {
    try {
        return frame_of(line.text, wire_);
    } catch (const std::runtime_error& error) {
        const bool is_terminal = terminal::is_at(STDIN_FILENO);
        program::complain((is_terminal ? "" : "line " + std::to_string(line.number) + ": ") +
                          error.what());
        if (!is_terminal) failed_ = over_ = true;
        return std::nullopt;
    }
}

} // namespace framecat
