// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/frame_sink.hpp"
#include "framecat/origin.hpp"
#include "support/command_line.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>

namespace framecat {

/// How frames are shown, as all commands have it.
struct view_options {
    bool text = false;
    bool hex = false;
    bool no_body = false;
    bool pretty = false;
    bool full = false;
    std::uint64_t most_held = std::numeric_limits<std::uint64_t>::max(); // of a body, for a line
};

void add_options(command_line& line, view_options& options);

/// Whether a person looks at it.
[[nodiscard]] bool for_a_person(const view_options& options);

/// What shows the frames of one stream, to be written by `write`.
[[nodiscard]] std::unique_ptr<frame_sink> make_view(const view_options& options, const origin& from,
                                                    std::function<void(std::string_view)> write);

} // namespace framecat
