// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// By what two files are known to be the same.
enum class sum_kind {
    none,
    sha256,
    xxh128, // as good against accidents, and none against malice
};

/// As in messages and on command lines: nothing for what is no such name.
[[nodiscard]] std::optional<sum_kind> sum_kind_of(std::string_view name);
[[nodiscard]] const char* name_of(sum_kind kind);

/// The sum of bytes that come one after the other.
class digest {
public:
    explicit digest(sum_kind kind);
    digest(digest&&) noexcept;
    digest& operator=(digest&&) noexcept;
    ~digest();

    void update(std::span<const std::byte> bytes);
    void update_zeros(std::uint64_t count);

    /// The sum as hexadecimal digits; empty where there is none to be had. Once, at the end.
    [[nodiscard]] std::string finish();

private:
    struct state;

    std::unique_ptr<state> state_;
};

/// Adds the first bytes of a file. Throws: std::system_error; file_error "changed" where it has
/// less.
void update_from(digest& sum, int file, std::uint64_t size);
