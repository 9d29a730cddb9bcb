// SPDX-License-Identifier: MIT
#include "chat/redis.hpp"

#include <stdexcept>

namespace chat {

framing::net::address redis_options::parse(const std::string&) {
    throw std::invalid_argument("this program was built without Redis: leave --redis out");
}

std::unique_ptr<journal> meet_at_redis(asio::io_context&, const redis_options&, hall&) {
    return nullptr;
}

} // namespace chat
