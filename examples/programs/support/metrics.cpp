// SPDX-License-Identifier: MIT
#include "support/metrics.hpp"

#include <framing/net/address.hpp>
#include <framing/net/listener.hpp>

#include "support/tasks.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <random>
#include <system_error>
#include <utility>

namespace metrics {
namespace {

namespace net = framing::net;
using listener = std::shared_ptr<net::listener>;

constexpr std::size_t most_request = 8 * 1024; // with what a browser adds
constexpr std::size_t most_unread = 64 * 1024; // what is read behind a request, to be dropped
constexpr std::size_t most_at_once = 8;
constexpr std::chrono::seconds time_limit{5};

std::string response(const std::string& status, const std::string& body,
                     const std::string& more = {}) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n" +
           "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" + more +
           "\r\n" + body;
}

/// Takes a word from the front of a line, with the space behind it.
std::string_view take_word(std::string_view& line) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

/// Ends a connection so that its answer arrives, also where the client says more than was read.
asio::awaitable<void> leave(net::stream_socket& socket) {
    std::error_code error;
    std::array<std::byte, 4096> unread{};
    socket.shutdown(asio::socket_base::shutdown_send, error);
    for (std::size_t size = 0; !error && size < most_unread;)
        size += co_await socket.async_read_some(asio::buffer(unread),
                                                asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> talk(net::stream_socket& socket, const source& text) {
    std::string request;
    std::error_code error;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(request, most_request), "\r\n\r\n",
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error && error != asio::error::not_found) co_return; // not_found: it is too long
    const std::string answer =
        error ? response("431 Request Header Fields Too Large", "") : answer_to(request, text);
    co_await asio::async_write(socket, asio::buffer(answer),
                               asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_await leave(socket);
}

/// Who is served. Where there are too many, any of them makes room: who only holds connections
/// open does not keep others out.
class guests {
public:
    void add(net::stream_socket& socket) {
        if (sockets_.size() == most_at_once) {
            std::error_code ignored;
            const auto chosen =
                sockets_.begin() + static_cast<std::ptrdiff_t>(random_() % most_at_once);
            (*chosen)->close(ignored);
            sockets_.erase(chosen);
        }
        sockets_.push_back(&socket);
    }
    void remove(net::stream_socket& socket) { std::erase(sockets_, &socket); }

private:
    std::vector<net::stream_socket*> sockets_;
    std::mt19937 random_{std::random_device()()};
};

asio::awaitable<void> serve_one(net::stream_socket socket, source text,
                                std::shared_ptr<guests> present) {
    present->add(socket);
    asio::awaitable<void> work = talk(socket, text);
    try {
        co_await tasks::within(time_limit, std::move(work));
    } catch (const std::exception&) { // its client's affair
    }
    present->remove(socket);
}

asio::awaitable<void> accept(listener door, source text, std::shared_ptr<guests> present) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    while (door->is_open()) {
        net::stream_socket socket(executor);
        net::stream_endpoint peer;
        const std::error_code error = co_await door->accept(socket, peer);
        if (!error) tasks::spawn(executor, serve_one(std::move(socket), text, present));
    }
}

} // namespace

std::string answer_to(std::string_view request, const source& text) {
    std::string_view line = request.substr(0, request.find("\r\n"));
    const std::string_view method = take_word(line);
    const std::string_view target = take_word(line);
    if (method.empty() || !target.starts_with('/') || !line.starts_with("HTTP/1."))
        return response("400 Bad Request", "");
    if (target.substr(0, target.find('?')) != "/metrics")
        return response("404 Not Found", "There is /metrics, and nothing else.\n");
    if (method != "GET") return response("405 Method Not Allowed", "", "Allow: GET\r\n");
    return response("200 OK", text());
}

std::string serve(asio::io_context& io, const std::vector<net::stream_endpoint>& where,
                  const source& text) {
    const auto present = std::make_shared<guests>();
    std::string first;
    for (const net::stream_endpoint& each : where) {
        const auto door = std::make_shared<net::listener>(io.get_executor(), each);
        if (first.empty()) first = net::to_string(door->endpoint());
        tasks::spawn(io.get_executor(), accept(door, text, present));
    }
    return first;
}

} // namespace metrics
