// SPDX-License-Identifier: MIT
#include "system/write_now.hpp"

#include "system/descriptor_calls.hpp"

#include <sys/types.h>

std::optional<std::size_t> write_now(int to, std::string_view bytes) {
    const ssize_t size = descriptor_calls::write(to, bytes);
    if (size < 0) return std::nullopt;
    return static_cast<std::size_t>(size);
}
