// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/line_splitter.hpp"
#include "framecat/wire_options.hpp"
#include "support/standard_input.hpp"

#include <asio.hpp>

#include <optional>
#include <string>

namespace framecat {

/// The frames that lines of standard input describe, as `encode` takes them. A line that is none is
/// told; at a terminal the next one counts, in a pipe it is the last.
class typed_frames {
public:
    typed_frames(asio::io_context& io, const wire_options& wire) : input_(io), wire_(wire) {}

    /// Waits for the next one. Returns: nothing at the end.
    asio::awaitable<std::optional<std::string>> next();

    /// Whether a line was none, so that not all was sent.
    [[nodiscard]] bool failed() const { return failed_; }

private:
    std::optional<std::string> take(const line_splitter::line& line);

    standard_input input_;
    wire_options wire_;
    line_splitter lines_;
    bool over_ = false;
    bool failed_ = false;
};

} // namespace framecat
