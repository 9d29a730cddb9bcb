// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/error.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/detail/frame_reader.hpp>
#include <framing/shared_frames.hpp>

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

class transport;

/// framing::net::connection as the programs use it, whose documentation holds: coroutines, and any
/// transport, compiled once for all of them. What a peer says is checked text, never a tree, which
/// would take many times its size; what is said to it is JSON.
///
/// Frames are counted as a whole when they, or their heads, are read or given to be sent.
///
/// An operation that takes an `error` throws nothing. Headers and bodies that are written live
/// until that is done.
class connection {
public:
    using framed = framing::net::connection<transport, framing::header_view>;
    using frame = framing::frame<framing::header_view>;
    using frame_head = framing::net::frame_head<framing::header_view>;

    explicit connection(std::shared_ptr<framed> frames) : frames_(std::move(frames)) {}
    /// Of one that lives longer, as a server's does.
    explicit connection(framed& frames);

    asio::awaitable<frame*> read();
    asio::awaitable<frame*> read(std::error_code& error);
    asio::awaitable<frame_head*> read_head();
    asio::awaitable<std::span<const std::byte>> read_body();
    asio::awaitable<std::size_t> read_body_into(std::span<std::byte> room);
    [[nodiscard]] frame_head* try_read_head();
    [[nodiscard]] std::optional<std::span<const std::byte>> try_read_body();

    asio::awaitable<void> write(const nlohmann::json& header, framing::byte_view body = {});
    asio::awaitable<void> write(const nlohmann::json& header, framing::byte_view body,
                                std::error_code& error);
    /// As it came.
    asio::awaitable<void> write(const framing::header_view& header, framing::byte_view body = {});
    /// What its body, which follows in pieces, is to have.
    asio::awaitable<void> write_head(const nlohmann::json& header, std::uint64_t body_size);
    /// As it came, but its body, which follows in pieces.
    asio::awaitable<void> write_head(const framing::header_view& header, std::uint64_t body_size);
    asio::awaitable<void> write_body(framing::byte_view piece);
    asio::awaitable<void> room();
    asio::awaitable<void> room(std::error_code& error);
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] std::error_code post(const nlohmann::json& header, framing::byte_view body = {});
    /// One, which others get, too.
    [[nodiscard]] std::error_code post(const framing::shared_frames& frame);
    [[nodiscard]] std::size_t queued() const;

    void authenticated();
    void stop();
    [[nodiscard]] bool stopped() const;
    asio::awaitable<void> close();
    asio::awaitable<void> close(std::error_code& error);
    void abort();
    void abort(std::error_code why);

    [[nodiscard]] transport& stream();
    [[nodiscard]] asio::any_io_executor get_executor();
    [[nodiscard]] const std::string& name() const;
    /// Where a client comes from, as that is counted: see net::network_of.
    [[nodiscard]] const std::string& network() const { return network_; }
    [[nodiscard]] std::error_code failure() const;
    [[nodiscard]] const framing::fault& error() const;

private:
    std::shared_ptr<framed> frames_;
    std::string network_;
};
