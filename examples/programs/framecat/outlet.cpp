// SPDX-License-Identifier: MIT
#include "framecat/outlet.hpp"

#include "framecat/terminal_view.hpp"
#include "support/colour.hpp"
#include "support/tasks.hpp"
#include "support/visible.hpp"
#include "system/surroundings.hpp"

#include <unistd.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace framecat {

outlet::outlet(asio::io_context& io, const view_options& options)
    : options_(options), output_(io, STDOUT_FILENO, "the output"),
      errors_(io, STDERR_FILENO, "standard error") {}

void outlet::note(const origin& from, const std::string& what) {
    if (for_a_person(options_)) return output_.print(note_line(from, what, in_colour()));
    std::string who;
    if (from.connection != 0) who += '#' + std::to_string(from.connection) + ": ";
    if (from.from == origin::side::client) who += "the client ";
    if (from.from == origin::side::server) who += "the server ";
    errors_.print(surroundings::program_name() + ": " + visible(who + what) + '\n');
}

asio::awaitable<void> outlet::room() {
    co_await output_.room();
    co_await errors_.room();
}

asio::awaitable<void> outlet::rest() {
    co_await output_.rest();
    co_await errors_.rest();
}

asio::awaitable<void> outlet::last_words() {
    constexpr std::chrono::seconds longest{1};
    asio::awaitable<void> work = rest();
    try {
        co_await tasks::within(longest, std::move(work));
    } catch (const std::system_error&) { // nobody takes it
    }
}

} // namespace framecat
