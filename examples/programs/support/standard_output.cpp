// SPDX-License-Identifier: MIT
#include "support/standard_output.hpp"

#include "support/descriptor.hpp"

#include <poll.h>

#include <climits>

namespace {

bool has_room(int number) {
    pollfd look{number, POLLOUT, 0};
    return ::poll(&look, 1, 0) == 1;
}

} // namespace

standard_output::standard_output(asio::io_context& io, int number, const char* what)
    : number_(number), what_(what), readiness_(io, number, POLLOUT) {}

asio::awaitable<void> standard_output::write(std::string_view bytes) {
    while (!bytes.empty()) {
        bool ready = has_room(number_);
        if (!ready) ready = co_await readiness_.wait();
        if (!ready) co_return;
        // Where there is any room, there is as much.
        bytes.remove_prefix(write_some(number_, bytes.substr(0, PIPE_BUF), what_));
    }
}
