// SPDX-License-Identifier: MIT
#include "framecat/view_options.hpp"

#include "framecat/body_view.hpp"
#include "framecat/line_view.hpp"
#include "framecat/terminal_view.hpp"
#include "support/colour.hpp"
#include "system/terminal.hpp"

#include <unistd.h>

#include <utility>

namespace framecat {

void add_options(command_line& line, view_options& options) {
    auto text = line.add_flag("--text", options.text, "show bodies as text");
    auto hex = line.add_flag("--hex", options.hex, "show bodies as hex digits, or a dump of them");
    auto none = line.add_flag("--no-body", options.no_body, "leave the bodies out");
    text.excludes(hex);
    text.excludes(none);
    hex.excludes(none);
    line.add_flag("--pretty", options.pretty,
                  "also in a pipe what a terminal gets: a view to be read, not lines of JSON");
}

bool for_a_person(const view_options& options) {
    return options.pretty || options.full || terminal::is_at(STDOUT_FILENO);
}

std::unique_ptr<frame_sink> make_view(const view_options& options, const origin& from,
                                      std::function<void(std::string_view)> write) {
    if (for_a_person(options)) {
        const body_form form = options.no_body ? body_form::none
                               : options.hex   ? body_form::hex
                               : options.text  ? body_form::text
                                               : body_form::automatic;
        return std::make_unique<terminal_view>(
            terminal_view::options{form, options.full, in_colour(), window_columns, from},
            std::move(write));
    }
    using enum line_view::options::form;
    const auto form = options.no_body ? none : options.hex ? hex : options.text ? text : base64;
    return std::make_unique<line_view>(line_view::options{form, options.most_held, from},
                                       std::move(write));
}

} // namespace framecat
