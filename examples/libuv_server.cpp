// SPDX-License-Identifier: MIT
// A server with libuv: one thread, any number of clients, every frame is sent back.
//
//   libuv_server     says on which free port it listens
#include <framing/encoder.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

#include <csignal>
#include <cstddef>
#include <iostream>
#include <string>

struct client {
    uv_tcp_t socket{};
    uv_write_t writing{};
    framing::reassembler<framing::header_view> incoming{{.max_body_size = 1 << 20}};
    framing::encoder<framing::header_view> encoder{};
    std::string outgoing{};

    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket); }
};

void close(client& self) {
    uv_close(reinterpret_cast<uv_handle_t*>(&self.socket),
             [](uv_handle_t* handle) { delete static_cast<client*>(handle->data); });
}

void give_room(uv_handle_t* handle, std::size_t, uv_buf_t* room) {
    const auto space = static_cast<client*>(handle->data)->incoming.prepare(64 * 1024);
    *room = uv_buf_init(reinterpret_cast<char*>(space.data()), unsigned(space.size()));
}

void answer(uv_stream_t* stream, ssize_t size, const uv_buf_t* /*room*/) {
    client& self = *static_cast<client*>(stream->data);
    if (size < 0) return close(self);
    for (const auto& frame : self.incoming.commit(std::size_t(size)))
        if (self.encoder.encode(frame.header, frame.body, self.outgoing)) return close(self);
    uv_read_stop(stream); // until this has left: who does not read is not read from
    self.writing.data = &self;
    const uv_buf_t bytes = uv_buf_init(self.outgoing.data(), unsigned(self.outgoing.size()));
    const auto wrote = [](uv_write_t* writing, int error) {
        client& served = *static_cast<client*>(writing->data);
        served.outgoing.clear();
        if (error != 0 || served.incoming.error()) return close(served);
        uv_read_start(served.stream(), give_room, answer);
    };
    if (uv_write(&self.writing, stream, &bytes, 1, wrote) != 0) close(self);
}

int main() {
    std::signal(SIGPIPE, SIG_IGN);
    uv_tcp_t door{};
    sockaddr_in address{};
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    int length = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(uv_default_loop(), &door);
    uv_tcp_bind(&door, name, 0);
    const auto accept = [](uv_stream_t* listening, int error) {
        if (error != 0) return;
        auto* const next = new client;
        next->socket.data = next;
        uv_tcp_init(listening->loop, &next->socket);
        uv_accept(listening, next->stream());
        uv_read_start(next->stream(), give_room, answer);
    };
    if (uv_listen(reinterpret_cast<uv_stream_t*>(&door), SOMAXCONN, accept) != 0) return 1;
    uv_tcp_getsockname(&door, name, &length);
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
