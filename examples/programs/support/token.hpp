// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

/// The secret that lets a client in. On one machine, server and client find it in the same place,
/// where no other user can read it.
namespace token {

/// `$XDG_RUNTIME_DIR/framing-token`, or `~/.framing-token`.
[[nodiscard]] std::filesystem::path default_path();

/// Throws: std::invalid_argument for what is no file; std::runtime_error if there is none, it is
/// empty, or others can read it.
[[nodiscard]] std::string read(const std::filesystem::path& path);

/// As read, but makes one of 256 random bits, mode 0600, where there is no file.
[[nodiscard]] std::string read_or_make(const std::filesystem::path& path);

} // namespace token
