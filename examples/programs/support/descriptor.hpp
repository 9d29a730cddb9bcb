// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

/// A file descriptor that closes itself.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

private:
    int number_ = -1;
};

/// Writes all of it, in as many pieces as it takes.
/// Throws: std::system_error.
inline void write_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t size = ::write(to, bytes.data(), bytes.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0)
            throw std::system_error(errno, std::generic_category(), "cannot write the output");
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}
