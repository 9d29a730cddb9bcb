// SPDX-License-Identifier: MIT
// As if an Asio that does not know clang's coroutines had been included before.
#ifdef __clang__
#define ASIO_DETAIL_CONFIG_HPP
#endif
#include <framing/net/asio.hpp>
