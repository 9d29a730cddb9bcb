// SPDX-License-Identifier: MIT
#include "support/descriptor.hpp"

#include <poll.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace {

[[noreturn]] void fail(const char* failed, const char* what) {
    throw std::system_error(errno, std::generic_category(), std::string(failed) + what);
}

/// Makes a system call again where a signal has interrupted it, and once a descriptor that whoever
/// shares it has made non-blocking is ready.
template <class Call>
std::size_t repeat(int number, short ready, Call call, const char* what) {
    while (true) {
        const ssize_t size = call();
        if (size >= 0) return static_cast<std::size_t>(size);
        if (errno == EAGAIN) {
            pollfd wanted{number, ready, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            fail(ready == POLLIN ? "cannot read " : "cannot write ", what);
        }
    }
}

} // namespace

std::size_t read_some(int from, std::span<std::byte> into, const char* what) {
    return repeat(
        from, POLLIN, [&] { return ::read(from, into.data(), into.size()); }, what);
}

std::size_t read_at(int from, std::uint64_t place, std::span<std::byte> into, const char* what) {
    return repeat(
        from, POLLIN,
        [&] { return ::pread(from, into.data(), into.size(), static_cast<off_t>(place)); }, what);
}

void write_all(int to, std::string_view bytes, const char* what) {
    while (!bytes.empty())
        bytes.remove_prefix(repeat(
            to, POLLOUT, [&] { return ::write(to, bytes.data(), bytes.size()); }, what));
}

void write_at(int to, std::uint64_t place, std::span<const std::byte> bytes, const char* what) {
    while (!bytes.empty()) {
        const std::size_t size = repeat(
            to, POLLOUT,
            [&] { return ::pwrite(to, bytes.data(), bytes.size(), static_cast<off_t>(place)); },
            what);
        bytes = bytes.subspan(size);
        place += size;
    }
}

std::size_t write_some(int to, std::string_view bytes, const char* what) {
    const ssize_t size = ::write(to, bytes.data(), bytes.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EAGAIN && errno != EINTR) fail("cannot write ", what);
    return 0;
}
