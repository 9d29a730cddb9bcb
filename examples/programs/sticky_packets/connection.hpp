// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// Both ends of one TCP connection over loopback, with nothing but the sockets' own calls: what
/// every tutorial uses. Everything throws std::system_error.
class connection {
public:
    connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    void send(std::string_view bytes);

    /// Says that nothing more is sent: `receive` finds the end behind what was.
    void end_sending();

    /// One recv: what has arrived, at most as much as fits; 0 at the end.
    std::size_t receive(std::span<std::byte> buffer);

private:
    int sender_ = -1;
    int receiver_ = -1;
};
