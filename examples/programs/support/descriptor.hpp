// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
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

/// Reads what is there, at most as much as fits; waits until there is something, whatever signals
/// come meanwhile, also where the descriptor is non-blocking. `what` is read, as an error tells it.
///
/// Returns: how much; 0 at the end.
/// Throws: std::system_error.
[[nodiscard]] std::size_t read_some(int from, std::span<std::byte> into, const char* what);
/// The same at a place in a file.
[[nodiscard]] std::size_t read_at(int from, std::uint64_t place, std::span<std::byte> into,
                                  const char* what);

/// Writes all of it, in as many pieces as it takes.
/// Throws: std::system_error.
void write_all(int to, std::string_view bytes, const char* what = "the output");
/// The same at a place in a file.
void write_at(int to, std::uint64_t place, std::span<const std::byte> bytes, const char* what);

/// Writes once. Returns: how much; 0 where a signal came, or where there is no room in one that
/// whoever shares it has made non-blocking.
/// Throws: std::system_error.
[[nodiscard]] std::size_t write_some(int to, std::string_view bytes,
                                     const char* what = "the output");
