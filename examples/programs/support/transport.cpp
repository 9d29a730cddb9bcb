// SPDX-License-Identifier: MIT
#include "support/transport.hpp"

template class framing::net::detail::connection_state<transport, nlohmann::json>;
template class framing::net::connection<transport>;
