// SPDX-License-Identifier: MIT
#include "support/standard_output.hpp"

#include "support/descriptor.hpp"
#include "system/descriptor_calls.hpp"

standard_output::standard_output(asio::io_context& io, int number, const char* what)
    : number_(number), what_(what), readiness_(io, number, readiness::of::room) {}

asio::awaitable<void> standard_output::write(std::string_view bytes) {
    while (!bytes.empty()) {
        bool ready = descriptor_calls::has_room(number_);
        if (!ready) ready = co_await readiness_.wait();
        if (!ready) co_return;
        bytes.remove_prefix(
            write_some(number_, bytes.substr(0, descriptor_calls::least_room), what_));
    }
}
