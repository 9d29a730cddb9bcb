// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
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

/// A sum over more bytes than these, that do not pass meanwhile, takes long.
inline constexpr std::uint64_t long_sum = 64 * 1024 * 1024;

/// The code of the file_error of who was told that nobody waits for it.
inline constexpr const char* code_of_given_up = "given_up";

/// How many of them are added up in a step, so that others have their turn.
inline constexpr std::uint64_t sum_step = 16 * 1024 * 1024;

/// As in messages and on command lines: nothing for what is no such name.
[[nodiscard]] std::optional<sum_kind> sum_kind_of(std::string_view name);
[[nodiscard]] const char* name_of(sum_kind kind);

/// The sum of bytes that come one after the other.
class digest {
public:
    /// `given_up`: where it becomes true, what takes long ends by a file_error.
    explicit digest(sum_kind kind, const std::atomic<bool>* given_up = nullptr);
    digest(digest&&) noexcept;
    digest& operator=(digest&&) noexcept;
    ~digest();

    void update(std::span<const std::byte> bytes);
    void update_zeros(std::uint64_t count);
    /// Adds bytes of a file.
    /// Throws: std::system_error; file_error "changed" where it has less.
    void update_from(int file, std::uint64_t offset, std::uint64_t size);

    /// The sum as hexadecimal digits; empty where there is none to be had. Once, at the end.
    [[nodiscard]] std::string finish();

private:
    struct state;

    void go_on_only_if_wanted() const;

    std::unique_ptr<state> state_;
    const std::atomic<bool>* given_up_;
};
