// SPDX-License-Identifier: MIT
// The part of Asio that does not depend on us, compiled once.
#include <asio/impl/src.hpp>
