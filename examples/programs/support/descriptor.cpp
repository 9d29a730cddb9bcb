// SPDX-License-Identifier: MIT
#include "support/descriptor.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace {

/// Makes a system call again where a signal has interrupted it.
template <class Call>
std::size_t repeat(Call call, const char* doing, const char* what) {
    while (true) {
        const ssize_t size = call();
        if (size >= 0) return static_cast<std::size_t>(size);
        if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(),
                                    std::string("cannot ") + doing + ' ' + what);
    }
}

} // namespace

std::size_t read_some(int from, std::span<std::byte> into, const char* what) {
    return repeat([&] { return ::read(from, into.data(), into.size()); }, "read", what);
}

std::size_t read_at(int from, std::uint64_t place, std::span<std::byte> into, const char* what) {
    return repeat(
        [&] { return ::pread(from, into.data(), into.size(), static_cast<off_t>(place)); }, "read",
        what);
}

void write_all(int to, std::string_view bytes, const char* what) {
    while (!bytes.empty())
        bytes.remove_prefix(
            repeat([&] { return ::write(to, bytes.data(), bytes.size()); }, "write", what));
}
