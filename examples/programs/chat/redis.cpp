// SPDX-License-Identifier: MIT
#include "chat/redis.hpp"

#include "chat/redis_journal.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace chat {

framing::net::address redis_options::parse(const std::string& url) {
    constexpr std::string_view scheme = "redis://";
    std::string rest = url.starts_with(scheme) ? url.substr(scheme.size()) : std::string();
    if (rest.ends_with('/')) rest.pop_back();
    if (!rest.empty() && rest.find(':', rest.rfind(']') + 1) == rest.npos) rest += ":6379";
    try {
        return framing::net::address::parse(rest);
    } catch (const std::invalid_argument&) {
        throw std::invalid_argument("'" + url +
                                    "' is no address of Redis: write redis://HOST:PORT");
    }
}

std::unique_ptr<journal> meet_at_redis(asio::io_context& io, const redis_options& options,
                                       hall& rooms) {
    auto events = std::make_unique<redis_journal>(io, options, rooms);
    return events->start() ? std::move(events) : nullptr;
}

} // namespace chat
