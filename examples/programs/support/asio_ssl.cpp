// SPDX-License-Identifier: MIT
// The part of Asio's TLS that does not depend on us, compiled once.
#include <asio/ssl/impl/src.hpp>
