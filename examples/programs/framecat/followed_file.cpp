// SPDX-License-Identifier: MIT
#include "framecat/followed_file.hpp"

#include "support/regular_file.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace framecat {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Whether it is still the file of that name; nothing there is `false`, too, and `gone`.
bool has_name(int file, const std::string& path, bool& gone) {
    struct stat ours {};
    struct stat named {};
    gone = ::stat(path.c_str(), &named) != 0;
    if (::fstat(file, &ours) != 0) fail("cannot look at " + path);
    return !gone && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

} // namespace

followed_file::followed_file(std::string path)
    : path_(std::move(path)), changes_(::inotify_init1(IN_CLOEXEC)) {
    if (changes_.get() < 0) fail("inotify");
    std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    if (folder.empty()) folder = ".";
    if (::inotify_add_watch(changes_.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO) < 0)
        fail("cannot watch " + folder.string());
    watch();
}

void followed_file::watch() {
    file_ = open_regular_file(path_, O_RDONLY);
    offset_ = 0;
    if (watched_ >= 0) ::inotify_rm_watch(changes_.get(), watched_);
    // By the descriptor, so that it is the file that is read, whatever takes its name meanwhile.
    const std::string link = "/proc/self/fd/" + std::to_string(file_.get());
    watched_ = ::inotify_add_watch(changes_.get(), link.c_str(),
                                   IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
    if (watched_ < 0) fail("cannot watch " + path_);
}

followed_file::news followed_file::read(std::span<std::byte> into, std::size_t& size) {
    while (true) {
        size = read_at(file_.get(), offset_, into, path_.c_str());
        offset_ += size;
        if (size != 0) return news::bytes;
        struct stat status {};
        if (::fstat(file_.get(), &status) != 0) fail("cannot look at " + path_);
        if (static_cast<std::uint64_t>(status.st_size) < offset_) {
            offset_ = 0;
            return news::truncated;
        }
        bool gone = false;
        if (!has_name(file_.get(), path_, gone)) {
            if (!gone) {
                watch();
                gone_ = false;
                return news::replaced;
            }
            if (!std::exchange(gone_, true)) return news::removed;
        }
        wait();
    }
}

void followed_file::wait() {
    alignas(inotify_event) std::array<std::byte, 16 * 1024> events{};
    static_cast<void>(read_some(changes_.get(), events, "changes of files"));
}

} // namespace framecat
