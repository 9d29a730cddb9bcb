// SPDX-License-Identifier: MIT
#pragma once

#include "file/error.hpp"
#include "file/incoming.hpp"
#include "file/outgoing.hpp"
#include "support/connection.hpp"
#include "support/disk.hpp"

#include <asio.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// How the bytes of a file pass through a connection: while the network takes or brings one chunk,
/// the disk works on others. What goes wrong with the file is a file_error.
namespace body {

using chunk = std::vector<std::byte>;

/// Of a chunk, and how many are held.
inline constexpr std::size_t chunk_size = 256 * 1024;
inline constexpr std::size_t chunks = 4;

/// Who watches, and may slow down, what passes.
struct watcher {
    std::function<asio::awaitable<void>(std::size_t)> moved; // called with what has just passed
    std::size_t most = chunk_size;                           // at once
};

/// Reads as much of a file as fits in a chunk.
void fill(chunk& bytes, outgoing& file, std::size_t most = chunk_size);

/// What is missing of a body that was sent, and why.
struct outcome {
    std::uint64_t missing = 0;
    std::optional<file_error> fault;
};

/// Sends what is left of a body whose first chunk was read.
asio::awaitable<outcome> send(connection& peer, disk& disk, std::shared_ptr<outgoing> file,
                              std::shared_ptr<chunk> first, const watcher* watcher = nullptr);

/// Takes what of a body has come already, until a chunk is full.
void gather(connection& peer, chunk& bytes, std::uint64_t& left);

/// Waits for all that is left of it; some is left where we are to stop.
asio::awaitable<void> gather_all(connection& peer, chunk& bytes, std::uint64_t& left);

/// Writes what is `left` of a body, chunk by chunk; some is left where we are to stop. Whoever
/// goes meanwhile: what has come is written.
asio::awaitable<void> receive(connection& peer, disk& disk, std::shared_ptr<incoming> file,
                              std::uint64_t& left, const watcher* watcher = nullptr);

} // namespace body
