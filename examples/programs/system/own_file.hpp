// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// What somebody does with a file who has it for himself.
namespace own_file {

/// Takes it, as long as it is open. Returns: false where another has it.
[[nodiscard]] bool take(int file);

/// Cuts it to a size. Returns: whether it has that; why not is in errno.
[[nodiscard]] bool cut(int file, std::uint64_t size);

/// Waits until what is in it is on the disk. Returns: whether it is; why not is in errno.
[[nodiscard]] bool sync(int file);

} // namespace own_file
