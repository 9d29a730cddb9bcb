// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace chat {

/// What an address has to bring back to show that datagrams reach it: a keyed hash of it and of
/// the time. Nothing is kept of those that were given one.
class cookies {
public:
    using clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds lifetime{60};

    /// Takes a random key. Throws: std::runtime_error where there is none.
    cookies();

    [[nodiscard]] std::string make(const asio::ip::udp::endpoint& who, clock::time_point now) const;

    /// Whether it is one that was made for this address, not too long ago.
    [[nodiscard]] bool check(std::string_view cookie, const asio::ip::udp::endpoint& who,
                             clock::time_point now) const;

private:
    [[nodiscard]] std::string make(const asio::ip::udp::endpoint& who, long long second) const;

    std::array<unsigned char, 32> key_{};
    clock::time_point start_ = clock::now();
};

} // namespace chat
