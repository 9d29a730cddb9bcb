// SPDX-License-Identifier: MIT
#include "system/descriptor_calls.hpp"

#include <poll.h>
#include <unistd.h>

namespace descriptor_calls {

ssize_t read(int from, std::span<std::byte> into) {
    return ::read(from, into.data(), into.size());
}

ssize_t read_at(int from, std::uint64_t place, std::span<std::byte> into) {
    return ::pread(from, into.data(), into.size(), static_cast<off_t>(place));
}

ssize_t write(int to, std::string_view bytes) {
    return ::write(to, bytes.data(), bytes.size());
}

ssize_t write_at(int to, std::uint64_t place, std::span<const std::byte> bytes) {
    return ::pwrite(to, bytes.data(), bytes.size(), static_cast<off_t>(place));
}

void wait_for_input(int number) {
    pollfd wanted{number, POLLIN, 0};
    ::poll(&wanted, 1, -1);
}

void wait_for_room(int number) {
    pollfd wanted{number, POLLOUT, 0};
    ::poll(&wanted, 1, -1);
}

bool has_room(int number) {
    pollfd look{number, POLLOUT, 0};
    return ::poll(&look, 1, 0) == 1;
}

void take_input_as_bytes() {}

} // namespace descriptor_calls
