// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

/// Files of which others must not know what is in them, or have no say in it.
namespace private_files {

/// Makes one to be written, where there is none, that nobody else can read.
/// Returns: a descriptor, or -1; why is in errno.
[[nodiscard]] int create(const std::filesystem::path& path);

/// How others may know what is in a file; empty where they do not.
[[nodiscard]] std::string readers_of(int file);

/// How others may have written what is in a file, and what helps; empty where they have not.
[[nodiscard]] std::string writers_of(int file);

/// How others may put another file in the place of one in this folder; empty where they cannot.
[[nodiscard]] std::string writers_of_folder(const std::filesystem::path& folder);

} // namespace private_files
