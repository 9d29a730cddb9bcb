// SPDX-License-Identifier: MIT
#pragma once

/// What files need that not every system has. Errors are in errno.
namespace file_system {

/// Opens a folder below another, following no link on the way. Returns: a descriptor, or -1;
/// ENOSYS where the system has no call for it.
[[nodiscard]] int open_folder_beneath(int folder, const char* path);

/// Gives a file in a folder another name, which nothing may have. Returns: whether it has it.
[[nodiscard]] bool rename_to_new(int folder, const char* from, const char* to);

/// Writes all of the file system that a file is in to the disk. Returns: whether it is there.
[[nodiscard]] bool sync_all(int file);

/// A file without a name, to write and to read, in a folder. Returns: a descriptor, or -1.
[[nodiscard]] int open_unnamed(const char* folder);

} // namespace file_system
