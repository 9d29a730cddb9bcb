// SPDX-License-Identifier: MIT
#include "support/standard_input.hpp"

#include "system/descriptor_calls.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

standard_input::standard_input(asio::io_context& io)
    : readiness_(io, STDIN_FILENO, readiness::of::input) {}

std::optional<std::size_t> standard_input::read(std::span<char> into) {
    while (true) {
        const ssize_t size = descriptor_calls::read(STDIN_FILENO, std::as_writable_bytes(into));
        if (size >= 0) return static_cast<std::size_t>(size);
        if (errno == EAGAIN) return std::nullopt;
        if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "cannot read standard input");
    }
}
