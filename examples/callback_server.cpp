// SPDX-License-Identifier: MIT
// A server with callbacks of Asio: one thread, any number of clients, every frame is sent back.
//
//   callback_server     says on which free port it listens
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

using asio::ip::tcp;

/// A client, as long as an operation of it is under way.
struct session : std::enable_shared_from_this<session> {
    explicit session(tcp::socket connected) : socket(std::move(connected)) {}

    void read() {
        const auto space = incoming.prepare(64 * 1024); // it reads to where the bytes stay
        const auto done = [self = shared_from_this()](std::error_code error, std::size_t size) {
            for (const auto& frame : self->incoming.commit(size))
                if (self->encoder.encode(frame.header, frame.body, self->outgoing)) return;
            if (!error) self->write();
        };
        socket.async_read_some(asio::buffer(space.data(), space.size()), done);
    }

    void write() { // and only then reads on: who does not read is not read from
        const auto done = [self = shared_from_this()](std::error_code error, std::size_t) {
            self->outgoing.clear();
            if (!error && !self->incoming.error()) self->read();
        };
        asio::async_write(socket, asio::buffer(outgoing), done);
    }

    tcp::socket socket;
    framing::reassembler<framing::header_view> incoming{{.max_body_size = 1 << 20}};
    framing::encoder<framing::header_view> encoder{};
    std::string outgoing{};
};

void accept(tcp::acceptor& door) {
    door.async_accept([&door](std::error_code error, tcp::socket socket) {
        if (!error) std::make_shared<session>(std::move(socket))->read();
        accept(door);
    });
}

int main() {
    asio::io_context io;
    tcp::acceptor door(io, {asio::ip::address_v4::loopback(), 0});
    std::cout << "listening on " << door.local_endpoint() << std::endl;
    accept(door);
    io.run();
}
