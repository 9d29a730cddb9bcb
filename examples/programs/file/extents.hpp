// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_traits.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// A stretch of a file that has bytes; what lies between two is a hole, which reads as zeros.
struct extent {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    [[nodiscard]] std::uint64_t end() const { return offset + length; }
};
using extents = std::vector<extent>;

/// As a message has it: [offset, length].
template <>
struct framing::header_traits<extent> {
    static bool read_json(std::string_view raw, extent& stretch);
};

/// The size that a file can have at most.
inline constexpr std::uint64_t largest_file = INT64_MAX;

/// How many a message may name.
inline constexpr std::size_t most_extents = 256;

/// The stretches of a file from an offset on. Where there are more than a message may name, the
/// smallest holes are taken for data.
/// Throws: std::system_error.
[[nodiscard]] extents extents_of(int file, std::uint64_t from, std::uint64_t size);

/// All of a file from an offset on.
[[nodiscard]] extents whole(std::uint64_t from, std::uint64_t size);

/// Whether they are in order, not empty, and inside that part of a file.
[[nodiscard]] bool fit(const extents& data, std::uint64_t from, std::uint64_t size);

/// As a message has them.
[[nodiscard]] nlohmann::json to_json(const extents& data);

/// How many bytes they have. Pre: they fit.
[[nodiscard]] std::uint64_t bytes_of(const extents& data);
