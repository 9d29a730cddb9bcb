// SPDX-License-Identifier: MIT
#include "chat/redis_connection.hpp"

#include <framing/net/connect.hpp>

#include <cstddef>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace chat {
namespace {

void append(std::string& to, const redis_connection::command& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* formatted = nullptr;
    const int size = ::redisFormatCommandArgv(&formatted, static_cast<int>(words.size()),
                                              texts.data(), sizes.data());
    if (size < 0) throw std::bad_alloc();
    const std::unique_ptr<char, decltype(&::redisFreeCommand)> owner(formatted,
                                                                     &::redisFreeCommand);
    to.append(formatted, static_cast<std::size_t>(size));
}

} // namespace

asio::awaitable<void> redis_connection::connect(const framing::net::address& where,
                                                std::chrono::milliseconds most) {
    std::error_code ignored;
    socket_.close(ignored);
    reader_ = make_redis_reader();
    asio::awaitable<void> opening = open(where);
    co_await tasks::within(most, std::move(opening));
}

asio::awaitable<void> redis_connection::open(framing::net::address where) {
    asio::awaitable<framing::net::stream_socket> connecting =
        framing::net::connect(socket_.get_executor(), where);
    socket_ = co_await std::move(connecting);
}

asio::awaitable<std::vector<redis_reply>>
redis_connection::run(const std::vector<command>& commands, std::chrono::milliseconds most) {
    std::string bytes;
    for (const command& each : commands) append(bytes, each);
    bool too_late = false;
    deadline_.set(most, [&] {
        too_late = true;
        std::error_code ignored;
        socket_.close(ignored);
    });
    std::vector<redis_reply> replies;
    std::exception_ptr failure;
    try {
        const auto buffer = asio::buffer(bytes);
        co_await asio::async_write(socket_, buffer, asio::use_awaitable);
        while (replies.size() != commands.size()) {
            redis_reply reply = co_await read();
            replies.push_back(std::move(reply));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    deadline_.cancel();
    if (too_late) throw std::system_error(std::make_error_code(std::errc::timed_out));
    if (failure) std::rethrow_exception(failure);
    for (const redis_reply& reply : replies)
        if (reply->type == REDIS_REPLY_ERROR) throw redis_error({reply->str, reply->len});
    co_return replies;
}

asio::awaitable<redis_reply> redis_connection::read() {
    while (true) {
        void* reply = nullptr;
        if (::redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
            throw redis_error(std::string("not what Redis says: ") + reader_->errstr);
        if (reply != nullptr) co_return redis_reply(static_cast<redisReply*>(reply));
        const auto buffer = asio::buffer(received_);
        const std::size_t size = co_await socket_.async_read_some(buffer, asio::use_awaitable);
        if (::redisReaderFeed(reader_.get(), received_.data(), size) != REDIS_OK)
            throw std::bad_alloc();
    }
}

} // namespace chat
