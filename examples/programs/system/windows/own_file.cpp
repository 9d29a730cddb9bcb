// SPDX-License-Identifier: MIT
#include "system/own_file.hpp"

#include "system/windows/handle.hpp"

namespace own_file {

/// By a byte far behind all that there is: of what is locked nobody else can read.
bool take(int file) {
    OVERLAPPED where{};
    where.OffsetHigh = 0x7fffffff;
    return ::LockFileEx(handle_of(file), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1,
                        0, &where) != 0;
}

bool cut(int file, std::uint64_t size) {
    return ::_chsize_s(file, static_cast<std::int64_t>(size)) == 0;
}

bool sync(int file) {
    return ::_commit(file) == 0;
}

} // namespace own_file
