// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>
#include <framing/net/async_stream.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace framing::inline v0::net::detail {

// What an async_stream can do beyond what every one does.

using gathered = std::span<const asio::const_buffer>;

/// Says itself what leaves at once.
template <class Stream>
concept says_what_leaves_at_once = requires(Stream& stream, error_code& error) {
    stream.write_now(gathered(), error);
};

template <class Stream>
concept socket_stream = std::is_base_of_v<asio::socket_base, Stream> &&
    requires(Stream& stream, error_code& error) {
    stream.write_some(gathered(), error);
};

/// Can write what leaves at once, without an operation and its costs.
template <class Stream>
concept can_write_now = says_what_leaves_at_once<Stream> || socket_stream<Stream>;

/// Says itself what has come.
template <class Stream>
concept says_what_has_come = requires(Stream& stream, error_code& error) {
    stream.read_now(asio::mutable_buffer(), error);
};

/// May keep back what was written until it is flushed.
template <class Stream>
concept holds_back = requires(Stream& stream) {
    stream.async_flush(asio::use_awaitable);
};

/// Has an end of its own, as TLS has.
template <class Stream>
concept has_async_shutdown = requires(Stream& stream) {
    stream.async_shutdown(asio::use_awaitable);
};

/// Can end its output alone.
template <class Stream>
concept half_closes = requires(Stream& stream, error_code& error) {
    lowest_layer_of(stream).shutdown(asio::socket_base::shutdown_send, error);
};

/// Sees to it that nothing blocks, also where the socket was opened later than its connection.
/// Returns: whether nothing does.
template <class Socket>
bool never_blocks(Socket& socket) {
    error_code error;
    if (!socket.non_blocking()) socket.non_blocking(true, error);
    return !error;
}

/// Writes what leaves at once. An error shows when the rest is written.
template <class Stream>
std::size_t write_now(Stream& stream, gathered buffers) {
    error_code error;
    if constexpr (says_what_leaves_at_once<Stream>) return stream.write_now(buffers, error);
    if constexpr (socket_stream<Stream>)
        if (never_blocks(stream))
            return buffers.size() == 1 ? stream.write_some(asio::buffer(buffers.front()), error)
                                       : stream.write_some(buffers, error);
    return 0;
}

/// Reads what has come. An error, or the end, shows when one waits for more.
template <class Stream>
std::size_t read_now(Stream& stream, std::span<std::byte> room) {
    error_code error;
    const auto buffer = asio::buffer(room.data(), room.size());
    if constexpr (says_what_has_come<Stream>) return stream.read_now(buffer, error);
    if constexpr (socket_stream<Stream>)
        if (never_blocks(stream)) return stream.read_some(buffer, error);
    return 0;
}

/// An error shows when the peer does not end its side.
template <class Stream>
void end_output(Stream& stream) {
    error_code ignored;
    if constexpr (half_closes<Stream>)
        lowest_layer_of(stream).shutdown(asio::socket_base::shutdown_send, ignored);
}

/// What a socket is asked for is cancelled first: under Wine a write would wait for the peer.
template <class Stream>
void close_at_once(Stream& stream) {
    error_code ignored;
    auto& lowest = lowest_layer_of(stream);
    if constexpr (std::is_base_of_v<asio::socket_base, std::remove_reference_t<decltype(lowest)>>)
        lowest.cancel(ignored);
    lowest.close(ignored);
}

/// The stream below one that has layers.
template <class Stream>
auto& layer_below(Stream& stream) {
    if constexpr (requires { stream.next_layer(); })
        return stream.next_layer();
    else
        return lowest_layer_of(stream);
}

} // namespace framing::inline v0::net::detail
