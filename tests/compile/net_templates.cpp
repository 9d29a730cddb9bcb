// SPDX-License-Identifier: MIT
// All members of the public templates compile, also those that no other test calls.
#include <framing/net.hpp>

#include "../helpers/chat_header.hpp"

#include <concepts>

template class framing::net::connection<framing::net::stream_socket>;
template class framing::net::connection<framing::net::stream_socket, framing::header_view>;
template class framing::net::connection<framing::net::stream_socket, chat>;
template class framing::net::server<>;
template class framing::net::server<framing::net::stream_socket, chat>;
template class framing::net::datagram_socket<>;
template class framing::net::datagram_socket<chat>;

static_assert(std::same_as<framing::net::socket_server<chat>::connection_type,
                           framing::net::socket_connection<chat>>);
