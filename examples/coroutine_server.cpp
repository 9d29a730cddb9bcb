// SPDX-License-Identifier: MIT
// A server with coroutines of Asio: one thread, any number of clients, every frame is sent back.
//
//   coroutine_server     says on which free port it listens
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/net/asio.hpp> // for the coroutines that clang has, and an older Asio does not see
#include <framing/reassembler.hpp>

#include <asio/write.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>

using asio::ip::tcp;

asio::awaitable<void> serve(tcp::socket socket) {
    framing::reassembler<framing::header_view> incoming{{.max_body_size = 1 << 20}};
    framing::encoder<framing::header_view> encoder;
    std::string outgoing;
    std::error_code end;
    while (!end && !incoming.error()) {
        const auto space = incoming.prepare(64 * 1024); // it reads to where the bytes stay
        const std::size_t size =
            co_await socket.async_read_some(asio::buffer(space.data(), space.size()),
                                            asio::redirect_error(asio::use_awaitable, end));
        for (const auto& frame : incoming.commit(size))
            if (encoder.encode(frame.header, frame.body, outgoing)) co_return;
        co_await asio::async_write(socket, asio::buffer(outgoing), asio::use_awaitable);
        outgoing.clear();
    }
}

asio::awaitable<void> accept(tcp::acceptor& door) {
    while (true) {
        tcp::socket socket = co_await door.async_accept(asio::use_awaitable);
        asio::co_spawn(door.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

int main() {
    asio::io_context io;
    tcp::acceptor door(io, {asio::ip::address_v4::loopback(), 0});
    std::cout << "listening on " << door.local_endpoint() << std::endl;
    asio::co_spawn(io, accept(door), asio::detached);
    io.run();
}
