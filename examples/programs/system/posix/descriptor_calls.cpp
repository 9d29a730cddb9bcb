// SPDX-License-Identifier: MIT
#include "system/descriptor_calls.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace descriptor_calls {
namespace {

bool is_ready(int number, short event, int patience = 0) {
    pollfd look{number, event, 0};
    return ::poll(&look, 1, patience) == 1;
}

} // namespace

int open(const char* path) {
    return ::open(path, O_RDONLY | O_CLOEXEC);
}

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
    static_cast<void>(is_ready(number, POLLIN, -1));
}

void wait_for_room(int number) {
    static_cast<void>(is_ready(number, POLLOUT, -1));
}

bool has_input(int number) {
    return is_ready(number, POLLIN);
}

bool has_room(int number) {
    return is_ready(number, POLLOUT);
}

void take_input_as_bytes() {}

} // namespace descriptor_calls
