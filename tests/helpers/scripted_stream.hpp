// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace helpers {

/// The other end of a scripted_stream: what it sends, how that is cut, and what it takes.
class script {
public:
    static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

    explicit script(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    // What happens.
    std::vector<std::size_t> cuts;     // no read goes beyond one of these places of the input
    std::size_t read_at_most = never;  // bytes at a time
    std::size_t write_at_most = never; // bytes at a time
    std::size_t at_once = 0;           // bytes that are read or written without an operation
    std::size_t fail_at = never;       // which step, a read or a write, gives an error
    std::error_code failure = std::make_error_code(std::errc::connection_reset);
    std::size_t throw_at = never; // which step finds no memory

    // What has happened.
    std::string output;
    std::size_t delivered = 0; // of the input
    std::size_t steps = 0;
    bool closed = false;
    bool shut_down = false;

    /// Sends more.
    void feed(std::string_view bytes) {
        input_ += bytes;
        look();
    }
    /// Sends no more.
    void end() {
        ended_ = true;
        look();
    }
    /// Takes nothing, for a while.
    void block(bool blocked = true) {
        blocked_ = blocked;
        look();
    }
    /// Whether a write waits to be taken.
    [[nodiscard]] bool write_waits() const { return bool(write_); }
    [[nodiscard]] bool read_waits() const { return bool(read_); }

private:
    friend class scripted_stream;
    using handler = std::function<void(std::error_code, std::size_t)>;

    template <class Handler>
    static handler erase(Handler&& of) {
        const auto held = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(of));
        return [held](std::error_code error, std::size_t size) { std::move (*held)(error, size); };
    }

    void start_read(std::vector<asio::mutable_buffer> room, handler done) {
        room_ = std::move(room);
        read_ = std::move(done);
        start(read_);
    }
    void start_write(std::string bytes, handler done) {
        bytes_ = std::move(bytes);
        write_ = std::move(done);
        start(write_);
    }
    void start(handler& which) {
        const std::size_t step = steps++;
        if (step == throw_at) {
            which = nullptr;
            throw std::bad_alloc();
        }
        if (step == fail_at) return complete(which, failure, 0);
        look();
    }

    /// Completes what can be.
    void look() {
        const std::error_code aborted = asio::error::operation_aborted;
        if (closed) {
            complete(read_, aborted, 0);
            complete(write_, aborted, 0);
            return;
        }
        if (read_ && (delivered != input_.size() || ended_)) {
            const std::size_t size = readable();
            asio::buffer_copy(room_, asio::buffer(input_.data() + delivered, size));
            delivered += size;
            complete(read_, size == 0 ? asio::error::eof : std::error_code(), size);
        }
        if (write_ && !blocked_) {
            const std::size_t size = std::min(bytes_.size(), write_at_most);
            output.append(bytes_, 0, size);
            complete(write_, {}, size);
        }
    }
    [[nodiscard]] std::size_t readable() const {
        std::size_t size =
            std::min({input_.size() - delivered, read_at_most, asio::buffer_size(room_)});
        for (const std::size_t cut : cuts)
            if (cut > delivered) size = std::min(size, cut - delivered);
        return size;
    }
    std::size_t read_now(asio::mutable_buffer room) {
        if (closed) return 0;
        room_ = {room};
        const std::size_t size = std::min(readable(), at_once);
        asio::buffer_copy(room_, asio::buffer(input_.data() + delivered, size));
        delivered += size;
        return size;
    }
    std::size_t write_now(std::string bytes) {
        if (closed || blocked_) return 0;
        bytes.resize(std::min(bytes.size(), at_once));
        output += bytes;
        return bytes.size();
    }
    void complete(handler& which, std::error_code error, std::size_t size) {
        if (!which) return;
        asio::post(executor_,
                   [done = std::exchange(which, nullptr), error, size] { done(error, size); });
    }

    asio::any_io_executor executor_;
    std::string input_;
    bool ended_ = false;
    bool blocked_ = false;
    std::vector<asio::mutable_buffer> room_;
    std::string bytes_;
    handler read_;
    handler write_;
};

/// A stream that reads and writes as Asio's do, but what a script says.
class scripted_stream {
public:
    using executor_type = asio::any_io_executor;
    using lowest_layer_type = scripted_stream;

    explicit scripted_stream(std::shared_ptr<script> plot) : plot_(std::move(plot)) {}

    [[nodiscard]] executor_type get_executor() { return plot_->executor_; }
    [[nodiscard]] lowest_layer_type& lowest_layer() { return *this; }

    void close(std::error_code&) {
        plot_->closed = true;
        plot_->look();
    }
    void shutdown(asio::socket_base::shutdown_type, std::error_code&) { plot_->shut_down = true; }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            [plot = plot_,
             room = std::vector<asio::mutable_buffer>(asio::buffer_sequence_begin(buffers),
                                                      asio::buffer_sequence_end(buffers))](
                auto handler) { plot->start_read(room, script::erase(std::move(handler))); },
            token);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            [plot = plot_, bytes = copied(buffers)](auto handler) {
                plot->start_write(bytes, script::erase(std::move(handler)));
            },
            token);
    }

    void non_blocking(bool, std::error_code&) {}
    std::size_t read_now(asio::mutable_buffer room, std::error_code&) {
        return plot_->read_now(room);
    }
    template <class Buffers>
    std::size_t write_now(const Buffers& buffers, std::error_code&) {
        return plot_->write_now(copied(buffers));
    }

private:
    template <class Buffers>
    static std::string copied(const Buffers& buffers) {
        std::string bytes(asio::buffer_size(buffers), '\0');
        asio::buffer_copy(asio::buffer(bytes), buffers);
        return bytes;
    }

    std::shared_ptr<script> plot_;
};

} // namespace helpers
