// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/detail/open_at_all.hpp>
#include <framing/net/listener.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace framing::inline v0::net::detail {

/// All that a server listens at.
class doors {
public:
    using door = std::shared_ptr<listener>;

    doors(asio::any_io_executor executor, bool share_ports)
        : executor_(std::move(executor)), share_ports_(share_ports) {}

    /// Opens one for each endpoint, all at the same port where that is 0. What this machine does
    /// not have of several, such as ::1 where there is no IPv6, is left out.
    ///
    /// Throws: system_error, with nothing opened.
    std::vector<door> open(const std::vector<stream_endpoint>& endpoints) {
        const bool any_port = port_of(endpoints.front()) == 0;
        auto opened = open_at_all<door>(endpoints, any_port,
                                        [this](const stream_endpoint& each, const auto& siblings) {
                                            return open_one(each, siblings);
                                        });
        open_.insert(open_.end(), opened.begin(), opened.end());
        return opened;
    }

    /// Whether one has what another would: :: alone takes IPv4, too.
    [[nodiscard]] bool have(const stream_endpoint& endpoint) const {
        if (is_unix(endpoint)) return false;
        const asio::ip::tcp::endpoint where = to_tcp(endpoint);
        const asio::ip::tcp::endpoint all(asio::ip::tcp::v6(), where.port());
        return where.address() == asio::ip::address_v4::any() && is_open(all) && !is_open(where);
    }

    void close() {
        for (const door& each : open_) each->close();
    }

private:
    static std::uint16_t port_of(const stream_endpoint& endpoint) {
        return is_unix(endpoint) ? std::uint16_t() : to_tcp(endpoint).port();
    }

    [[nodiscard]] bool is_open(const asio::ip::tcp::endpoint& endpoint) const {
        return std::ranges::any_of(
            open_, [&](const door& each) { return each->endpoint() == stream_endpoint(endpoint); });
    }

    door open_one(const stream_endpoint& where, const std::vector<door>& siblings) {
        if (is_unix(where)) return std::make_shared<listener>(executor_, where);
        asio::ip::tcp::endpoint endpoint = to_tcp(where);
        if (!siblings.empty()) endpoint.port(port_of(siblings.front()->endpoint()));
        const asio::ip::tcp::endpoint all_v4(asio::ip::tcp::v4(), endpoint.port());
        const bool is_beside = endpoint.address() == asio::ip::address_v6::any() && is_open(all_v4);
        return std::make_shared<listener>(executor_, endpoint, is_beside, share_ports_);
    }

    asio::any_io_executor executor_;
    bool share_ports_;
    std::vector<door> open_;
};

} // namespace framing::inline v0::net::detail
