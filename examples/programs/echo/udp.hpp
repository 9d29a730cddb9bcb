// SPDX-License-Identifier: MIT
#pragma once

#include "support/udp.hpp"

#include <cstddef>

/// A member of every answer. What has it is not answered.
inline constexpr const char* echo_mark = "echo";

/// A datagram and the mark. Still fits into one packet of IPv6 everywhere.
inline constexpr std::size_t most_with_mark = udp::socket::default_size + 32;
