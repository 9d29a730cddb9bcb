// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>

#include "support/transport.hpp"

#include <asio.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

namespace framecat {

/// What a stream can do, once for all that use it. None of them throws.

/// Reads what is there. Returns: how much; 0 at the end, or where `error` says why.
asio::awaitable<std::size_t> read(transport& from, std::span<std::byte> into,
                                  std::error_code& error);

/// Writes all of it.
asio::awaitable<void> write(transport& to, framing::byte_view bytes, std::error_code& error);

/// Says that nothing more is sent, and does not wait for an answer: the other side may go on
/// sending, also over TLS.
asio::awaitable<void> end_sending(transport& to);

/// Ends it at once; by a reset, where that is how the other side of a relay has ended.
void end(transport& stream, bool by_reset);

/// Who is at the other end.
[[nodiscard]] std::string peer_of(transport& stream);

} // namespace framecat
