// SPDX-License-Identifier: MIT
// An echo server over Asio without framing: coroutines, a buffer for each connection, and answers
// written once a read.
#include "u32_echo.hpp"

#include <asio.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using asio::ip::tcp;

asio::awaitable<void> serve(tcp::socket socket) {
    std::string buffer(64 * 1024, '\0');
    std::string answers;
    std::size_t size = 0;
    while (true) {
        if (size == buffer.size()) buffer.resize(2 * size);
        const asio::mutable_buffer room = asio::buffer(buffer) + size;
        size += co_await socket.async_read_some(room, asio::use_awaitable);
        answers.clear();
        const std::string_view bytes(buffer.data(), size);
        const std::optional<std::size_t> taken = u32::echo(bytes, answers);
        if (!taken) co_return;
        std::copy_n(buffer.data() + *taken, *taken == 0 ? 0 : size - *taken, buffer.data());
        size -= *taken;
        if (!answers.empty())
            co_await asio::async_write(socket, asio::buffer(answers), asio::use_awaitable);
    }
}

asio::awaitable<void> accept(tcp::acceptor door) {
    while (true) {
        tcp::socket socket = co_await door.async_accept(asio::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(door.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

} // namespace

int main() {
    asio::io_context io(1);
    tcp::acceptor door(io, {asio::ip::address_v4::loopback(), 0});
    std::cout << "listening on 127.0.0.1:" << door.local_endpoint().port() << std::endl;
    asio::co_spawn(io, accept(std::move(door)), asio::detached);
    io.run();
}
