// SPDX-License-Identifier: MIT
#include "file/part.hpp"

#include "file/error.hpp"
#include "file/name.hpp"
#include "file/spelling.hpp"
#include "file/times.hpp"
#include "support/secret.hpp"
#include "system/file_system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

namespace {

/// What all parts of a file begin with, whatever its size: as long for each.
std::string stem_of(std::string_view leaf) {
    const XXH128_hash_t hash = ::XXH3_128bits(leaf.data(), leaf.size());
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return std::string(part_prefix) + text + '-';
}

std::string name_of(std::string_view leaf, const part::identity& which) {
    std::string name = stem_of(leaf) + std::to_string(which.size) + '-';
    if (which.mtime) name += std::to_string(std::llround(*which.mtime * 1e6));
    return name;
}

/// Calls something with the name of each part in a folder.
template <class Action>
void for_each_part(const descriptor& folder, Action action) {
    folder_reader entries(folder);
    while (const char* const entry = entries.next())
        if (const std::string name = entry; name.starts_with(part_prefix)) action(name);
}

bool is_part(const descriptor& folder, const std::string& called, struct stat& status) {
    return ::fstatat(folder.get(), called.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode);
}

/// Gives a file a name that nothing has. Returns: whether it has it, and an error in errno.
bool rename_to_new(int folder, const char* from, const char* to) {
    if (file_system::rename_to_new(folder, from, to)) return true;
    // Some file systems cannot look and rename at once, such as exFAT: then one after the other.
    if (errno != EINVAL && errno != EPERM && errno != ENOTSUP) return false;
    struct stat status {};
    if (::fstatat(folder, to, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return ::renameat(folder, from, folder, to) == 0;
    errno = EEXIST;
    return false;
}

} // namespace

std::uint64_t part::partial(const tree::place& place, const std::optional<identity>& which) {
    struct stat status {};
    if (which) {
        const bool there = is_part(place.folder, name_of(place.leaf, *which), status);
        return there ? static_cast<std::uint64_t>(status.st_size) : 0;
    }
    std::uint64_t size = 0;
    double newest = -HUGE_VAL;
    const std::string stem = stem_of(place.leaf);
    for_each_part(place.folder, [&](const std::string& name) {
        if (!name.starts_with(stem) || !is_part(place.folder, name, status)) return;
        if (const double time = to_seconds(status.st_mtim); time >= newest) {
            newest = time;
            size = static_cast<std::uint64_t>(status.st_size);
        }
    });
    return size;
}

part::part(tree::place place, const identity& which, std::uint64_t offset)
    : place_(std::move(place)), kept_as_(name_of(place_.leaf, which)) {
    struct stat status {};
    begin(kept_as_, offset, status);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1 || status.st_uid != ::geteuid())
        throw file_error("io_error", "something else has the name of its part");
    previous_ = static_cast<std::uint64_t>(status.st_size);
    if (offset == 0) {
        if (status.st_size != 0 && ::ftruncate(file_.get(), 0) != 0)
            throw_errno("cannot begin a part");
    } else if (previous_ != offset) {
        throw file_error("bad_offset", "its part has " + std::to_string(previous_) +
                                           " bytes: go on there, or begin at 0");
    }
}

part::~part() {
    static_cast<void>(leave());
}

std::uint64_t part::leave() {
    if (called_.empty()) return 0;
    struct stat status {};
    const int folder = place_.folder.get();
    // Of two that were begun the other may be whole by now, and this one be what is left.
    const bool keep =
        ::fstat(file_.get(), &status) == 0 && status.st_size != 0 &&
        (called_ == kept_as_ || rename_to_new(folder, called_.c_str(), kept_as_.c_str()));
    if (!keep) discard();
    called_.clear();
    return keep ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void part::begin(const std::string& called, std::uint64_t offset, struct stat& status) {
    constexpr int tries = 8; // others may finish theirs meanwhile
    for (int i = 0; i < tries; ++i) {
        if (open(called, offset == 0 ? O_CREAT : 0, status)) return;
        if (offset != 0) throw file_error("busy", "another goes on with its part");
        if (open(called + '-' + secret::random_text(8), O_CREAT | O_EXCL, status)) return;
    }
    throw file_error("busy", "others are always faster");
}

/// Says what it is, too.
bool part::open(const std::string& called, int flags, struct stat& status) {
    for (;;) {
        descriptor file(::openat(place_.folder.get(), called.c_str(),
                                 flags | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                                 0600));
        if (file.get() < 0 && errno == ENOENT && flags == 0)
            throw file_error("bad_offset", "it has no part of this size and time: begin at 0");
        // A new name is nobody else's: then it is the folder that is not for us.
        if (file.get() < 0 && errno == EACCES && (flags & O_EXCL) == 0) {
            if (!is_abandoned(called)) return false;
            if (::unlinkat(place_.folder.get(), called.c_str(), 0) != 0 && errno != ENOENT)
                throw_errno("cannot remove a part");
            continue;
        }
        if (file.get() < 0) throw_errno("cannot open a part");
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
        file_ = std::move(file);
        if (!still_called(called, status)) continue; // who had the lock has given it its name
        called_ = called;
        return true;
    }
}

/// Whether one that was about to appear, and has its mode already, is nobody's any more.
bool part::is_abandoned(const std::string& called) const {
    const descriptor file(::openat(place_.folder.get(), called.c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    return file.get() >= 0 && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

bool part::still_called(const std::string& called, struct stat& status) const {
    struct stat named {};
    return ::fstat(file_.get(), &status) == 0 && is_part(place_.folder, called, named) &&
           status.st_ino == named.st_ino && status.st_dev == named.st_dev;
}

void part::sync() {
    if (::fsync(file_.get()) != 0) throw_errno("cannot write the file to the disk");
}

void part::sync_all() {
    if (!file_system::sync_all(file_.get())) throw_errno("cannot write to the disk");
}

std::uint64_t part::appear(bool if_absent, spellings& called) {
    const int folder = place_.folder.get();
    const char* const name = place_.leaf.c_str();
    std::uint64_t replaced = 0;
    bool named = rename_to_new(folder, called_.c_str(), name);
    if (!named && errno == EEXIST && !if_absent) {
        struct stat before {};
        if (look_at(place_, before)) {
            called.demand(place_.folder, place_.leaf);
            replaced = static_cast<std::uint64_t>(before.st_size);
        }
        named = ::renameat(folder, called_.c_str(), folder, name) == 0;
    }
    if (!named) {
        if (errno == EEXIST || errno == EISDIR || errno == ENOTEMPTY)
            throw file_error("exists", "something that is not replaced is called so");
        throw_errno("cannot give the file its name");
    }
    called_.clear();
    return replaced;
}

void part::discard() {
    ::unlinkat(place_.folder.get(), std::exchange(called_, {}).c_str(), 0);
}

bool has_only_parts(const descriptor& folder) {
    folder_reader entries(folder);
    while (const char* const entry = entries.next())
        if (!std::string_view(entry).starts_with(part_prefix)) return false;
    return true;
}

std::uint64_t remove_old_parts(const descriptor& folder, double before) {
    std::uint64_t removed = 0;
    for_each_part(folder, [&](const std::string& name) {
        struct stat status {};
        if (!is_part(folder, name, status) || to_seconds(status.st_mtim) >= before) return;
        const descriptor file(
            ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (file.get() < 0 || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
        if (::unlinkat(folder.get(), name.c_str(), 0) == 0)
            removed += static_cast<std::uint64_t>(status.st_size);
    });
    return removed;
}
