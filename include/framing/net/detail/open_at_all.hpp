// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>

#include <cerrno>
#include <optional>
#include <vector>

namespace framing::inline v0::net::detail {

/// Whether it is for this machine's not having such an address, as ::1 where there is no IPv6.
inline bool is_missing(const error_code& error) {
#ifdef _WIN32
    constexpr int not_available = WSAEADDRNOTAVAIL;
#else
    constexpr int not_available = EADDRNOTAVAIL;
#endif
    return error == asio::error::address_family_not_supported ||
           error == error_code(not_available, asio::error::get_system_category());
}

template <class Opened, class Endpoint, class Open>
std::vector<Opened> open_once(const std::vector<Endpoint>& endpoints, const Open& open) {
    std::vector<Opened> opened;
    std::optional<system_error> missing;
    for (const Endpoint& each : endpoints) {
        try {
            opened.push_back(open(each, opened));
        } catch (const system_error& error) {
            if (!is_missing(error.code())) throw;
            missing = error;
        }
    }
    if (opened.empty() && missing) throw *missing;
    return opened;
}

/// Opens something at each of several endpoints, by `open(endpoint, those before)`, but where this
/// machine does not have it. `any_port`: all are to have the one that the system picks for the
/// first.
///
/// Throws: system_error, with nothing opened.
template <class Opened, class Endpoint, class Open>
std::vector<Opened> open_at_all(const std::vector<Endpoint>& endpoints, bool any_port,
                                const Open& open) {
    constexpr int most_tries = 100;
    for (int tries = 1;; ++tries) {
        try {
            return open_once<Opened>(endpoints, open);
        } catch (const system_error& error) {
            // The port of the first may be taken at the second.
            const bool again = any_port && endpoints.size() > 1 && tries != most_tries;
            if (!again || error.code() != asio::error::address_in_use) throw;
        }
    }
}

} // namespace framing::inline v0::net::detail
