// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <concepts>

namespace framing::inline v0::net {

namespace detail {

/// The stream at the bottom of one that has layers.
template <class Stream>
auto& lowest_layer_of(Stream& stream) {
    if constexpr (requires { stream.lowest_layer(); })
        return stream.lowest_layer();
    else
        return stream;
}

} // namespace detail

/// What frames can go over: anything that has `async_read_some` and `async_write_some` as Asio's
/// streams do, and can be closed, itself or its lowest layer, so that what it is asked for comes to
/// its end. Sockets, TLS over them, pipes, serial ports.
///
/// It says that no more comes by `async_shutdown`, or its lowest layer by `shutdown`, and is
/// flushed by `async_flush`, where it has them.
template <class Stream>
concept async_stream = requires(Stream& stream, error_code& error) {
    { stream.get_executor() } -> std::convertible_to<asio::any_io_executor>;
    detail::lowest_layer_of(stream).close(error);
};

} // namespace framing::inline v0::net
