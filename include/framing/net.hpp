// SPDX-License-Identifier: MIT
#pragma once

// The core and the net layer, but for TLS: net/tls.hpp needs OpenSSL.
#include <framing/framing.hpp>
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/async_stream.hpp>
#include <framing/net/condition.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/datagram.hpp>
#include <framing/net/error.hpp>
#include <framing/net/listener.hpp>
#include <framing/net/server.hpp>
#include <framing/net/server_options.hpp>
#include <framing/net/within.hpp>
