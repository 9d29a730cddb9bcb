// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <asio.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Metrics over HTTP/1.1, for those who ask: one small GET a connection, and nothing else.
namespace metrics {

using source = std::function<std::string()>;

/// What a request is answered, whole. `text` is asked for where metrics are.
[[nodiscard]] std::string answer_to(std::string_view request, const source& text);

/// Serves as long as the loop runs. Few are served at once, and none for long.
/// Returns: where, with the port that was taken.
/// Throws: std::system_error.
std::string serve(asio::io_context& io, const std::vector<framing::net::stream_endpoint>& where,
                  const source& text);

} // namespace metrics
