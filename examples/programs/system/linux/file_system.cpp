// SPDX-License-Identifier: MIT
#include "system/file_system.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace file_system {

int open_folder_beneath(int folder, const char* path) {
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

bool rename_to_new(int folder, const char* from, const char* to) {
    return ::renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0;
}

bool sync_all(int file) {
    return ::syncfs(file) == 0;
}

int open_unnamed(const char* folder) {
    return ::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

} // namespace file_system
