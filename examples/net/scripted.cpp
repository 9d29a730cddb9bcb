// SPDX-License-Identifier: MIT
// A test without a socket: the handler of a server over a stream that a script plays.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <utility>

namespace net = framing::net;

struct scripted_stream {
    asio::any_io_executor executor;
    std::string input;   // comes three bytes at a time, then the end
    std::string& output; // all that is written

    asio::any_io_executor get_executor() { return executor; }
    void close(net::error_code&) { input.clear(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& room, Token&& token) {
        const std::size_t size = asio::buffer_copy(room, asio::buffer(input), 3);
        input.erase(0, size);
        return complete(size != 0 ? net::error_code() : asio::error::eof, size, token);
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& bytes, Token&& token) {
        const std::size_t size = asio::buffer_size(bytes);
        output.resize(output.size() + size);
        asio::buffer_copy(asio::buffer(output) + (output.size() - size), bytes);
        return complete({}, size, token);
    }
    template <class Token>
    auto complete(net::error_code error, std::size_t size, Token& token) {
        return asio::async_initiate<Token, void(net::error_code, std::size_t)>(
            [this, error, size](auto handler) {
                asio::post(executor, [error, size, handler = std::move(handler)]() mutable {
                    std::move(handler)(error, size);
                });
            },
            token);
    }
};

template <class Stream>
asio::awaitable<void> serve(net::connection<Stream>& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
    co_await peer.close();
}

int main() {
    std::string wire;
    framing::encoder<> encoder;
    for (const std::string text : {"hello", "how are you?"})
        if (encoder.encode({{"type", "chat"}}, text, wire)) return 1;
    asio::io_context io;
    std::string answers;
    net::connection<scripted_stream> peer(scripted_stream{io.get_executor(), wire, answers});
    asio::co_spawn(io, serve(peer), asio::detached);
    io.run();
    framing::reassembler<> received;
    for (const auto& frame : received.feed(answers)) std::cout << frame.text() << '\n';
    std::cout << (answers == wire ? "as expected\n" : "something else\n");
}
