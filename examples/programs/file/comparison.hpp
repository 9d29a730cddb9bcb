// SPDX-License-Identifier: MIT
#pragma once

#include "file/questions.hpp"
#include "file/transfer.hpp"
#include "support/connection.hpp"
#include "support/disk.hpp"

#include <asio.hpp>
#include <sys/stat.h>

#include <string>

/// Whether a file here and one there are the same, so that it need not be moved.
namespace comparison {

/// By size and time, where those are to tell.
[[nodiscard]] bool same_stamp(const transfer_options& options, const questions::entry& there,
                              const struct stat& here);

/// By their sums, where those are to tell; then the server is asked, whose answer comes next.
/// `name`: there.
asio::awaitable<bool> same_sum(connection& server, disk& disk, const transfer_options& options,
                               const std::string& name, const questions::entry& there, int file,
                               const struct stat& here);

/// Whether that asks the server.
[[nodiscard]] bool asks_for_sum(const transfer_options& options, const questions::entry& there,
                                const struct stat& here);

} // namespace comparison
