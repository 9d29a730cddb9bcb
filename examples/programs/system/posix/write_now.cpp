// SPDX-License-Identifier: MIT
#include "system/write_now.hpp"

#include "system/descriptor_calls.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

namespace {

ssize_t write(int to, std::string_view bytes) {
    struct stat about {};
    if (::fstat(to, &about) == 0 && S_ISSOCK(about.st_mode))
        return ::send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return descriptor_calls::write(to, bytes);
}

} // namespace

std::optional<std::size_t> write_now(int to, std::string_view bytes) {
    while (descriptor_calls::has_room(to)) {
        const ssize_t size = write(to, bytes);
        if (size >= 0) return static_cast<std::size_t>(size);
        if (errno != EINTR) break;
    }
    return std::nullopt;
}
