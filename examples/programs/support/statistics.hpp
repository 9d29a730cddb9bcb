// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// What a program's connections and datagrams have come to. Counted on the one thread that serves.
struct tally {
    std::uint64_t connections = 0; // in all
    std::uint64_t refused = 0;     // for a limit, or because who it was could not be shown
    std::uint64_t dropped = 0;     // by us: silent, stalled or in others' way; forged datagrams
    std::uint64_t faults = 0;      // violations of the format
    std::uint64_t frames_in = 0;
    std::uint64_t bytes_in = 0; // of frames, as are those below
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_out = 0;
};

/// This program's.
[[nodiscard]] tally& counted();

/// What is so now.
struct present {
    std::size_t connections = 0;
    std::uint64_t memory = 0; // resident bytes
};

/// For the log, on one line.
[[nodiscard]] std::string to_line(const tally& all, const present& now);

/// In Prometheus' text format, version 0.0.4.
[[nodiscard]] std::string to_metrics(const tally& all, const present& now);
