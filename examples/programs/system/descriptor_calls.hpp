// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// What descriptors are asked to do, as read(2) and its kin have it: errors are in errno.
namespace descriptor_calls {

/// Opens what is to be read, whatever it is, for this process and none that it starts.
[[nodiscard]] int open(const char* path);

[[nodiscard]] ssize_t read(int from, std::span<std::byte> into);
[[nodiscard]] ssize_t read_at(int from, std::uint64_t place, std::span<std::byte> into);
[[nodiscard]] ssize_t write(int to, std::string_view bytes);
[[nodiscard]] ssize_t write_at(int to, std::uint64_t place, std::span<const std::byte> bytes);

/// Waits until one that is non-blocking has something to read, or its end.
void wait_for_input(int number);
/// Waits until something can be written to it.
void wait_for_room(int number);

/// Whether something, or the end, can be read without a wait.
[[nodiscard]] bool has_input(int number);
/// Whether something can be written without one.
[[nodiscard]] bool has_room(int number);

/// What can be written at once to where there is any room.
inline constexpr std::size_t least_room = 4096;

/// Has standard input read as the bytes that it is made of, also where text has other ends of lines
/// than `\n`, which otherwise are read as that.
void take_input_as_bytes();

} // namespace descriptor_calls
