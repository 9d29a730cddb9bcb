// SPDX-License-Identifier: MIT
#include "system/file_changes.hpp"

#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace {

int or_fail(int result, const std::string& what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

} // namespace

file_changes::file_changes(const std::string& folder)
    : all_(or_fail(::inotify_init1(IN_CLOEXEC), "inotify")) {
    or_fail(::inotify_add_watch(all_.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO),
            "cannot watch " + folder);
}

void file_changes::watch(int file) {
    if (watched_ >= 0) ::inotify_rm_watch(all_.get(), watched_);
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    constexpr auto events = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
    watched_ =
        or_fail(::inotify_add_watch(all_.get(), link.c_str(), events), "cannot watch a file");
}

void file_changes::wait() {
    alignas(inotify_event) std::array<std::byte, 16 * 1024> events{};
    static_cast<void>(read_some(all_.get(), events, "changes of files"));
}
