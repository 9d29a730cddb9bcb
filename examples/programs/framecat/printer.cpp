// SPDX-License-Identifier: MIT
#include "framecat/printer.hpp"

#include "support/tasks.hpp"

#include <utility>

namespace framecat {

printer::printer(asio::io_context& io, int number, const char* what)
    : state_(std::make_shared<state>(io, number, what)), executor_(io.get_executor()) {}

printer::~printer() {
    state_->over = true;
    state_->output.cancel();
}

void printer::print(std::string_view text) {
    state_->unwritten += text;
    if (std::exchange(state_->writing, true)) return;
    tasks::spawn(executor_, write(state_));
}

asio::awaitable<void> printer::write(std::shared_ptr<state> self) {
    while (!self->unwritten.empty() && !self->over) {
        const std::string text = std::exchange(self->unwritten, {});
        co_await self->output.write(text);
        self->changed.notify();
    }
    self->writing = false;
    self->changed.notify();
}

asio::awaitable<void> printer::room() {
    while (state_->unwritten.size() > most_unwritten) co_await state_->changed.wait();
}

asio::awaitable<void> printer::rest() {
    while (state_->writing) co_await state_->changed.wait();
}

} // namespace framecat
