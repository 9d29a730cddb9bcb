// SPDX-License-Identifier: MIT
#pragma once

#ifdef FRAMING_EXAMPLES_WITHOUT_TLS
#include "support/without_tls/tls_stream.hpp"
#else
#include <framing/net/asio.hpp>

#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>

namespace tls {

using context = asio::ssl::context;
using stream = asio::ssl::stream<framing::net::stream_socket>;

} // namespace tls
#endif
