// SPDX-License-Identifier: MIT
#include "file/tree.hpp"

#include "file/error.hpp"
#include "file/name.hpp"
#include "file/spelling.hpp"
#include "system/file_system.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

descriptor or_fail(int number) {
    if (number < 0) throw_errno("cannot open it");
    return descriptor(number);
}

bool is_link(int folder, const char* leaf) {
    struct stat status {};
    return ::fstatat(folder, leaf, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

[[noreturn]] void refuse_link() {
    throw file_error("outside_root", "a symbolic link is not followed");
}

/// A folder in another.
descriptor step(int folder, const std::string& part) {
    descriptor next(::openat(folder, part.c_str(), folder_flags | O_NOFOLLOW));
    if (next.get() >= 0) return next;
    const int error = errno;
    if (is_link(folder, part.c_str())) refuse_link();
    errno = error;
    throw_errno("cannot open a folder");
}

/// Calls something with each part of a name that is not empty.
template <class Action>
void for_each_part(std::string_view name, Action action) {
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('/'), name.size());
        action(std::string(name.substr(0, end)));
        name.remove_prefix(std::min(end + 1, name.size()));
    }
}

descriptor open_by_steps(int root, std::string_view name) {
    descriptor folder = or_fail(::openat(root, ".", folder_flags));
    for_each_part(name, [&](const std::string& part) { folder = step(folder.get(), part); });
    return folder;
}

std::string_view folder_of(std::string_view name) {
    return name.substr(0, std::min(name.rfind('/'), name.size() - last_part(name).size()));
}

} // namespace

tree::tree(const std::string& path) : root_(::open(path.c_str(), folder_flags)) {
    if (root_.get() < 0) throw std::system_error(errno, std::generic_category(), path);
}

descriptor tree::open_folder(std::string_view name) const {
    const std::string path = name.empty() ? "." : std::string(name);
    const int found = file_system::open_folder_beneath(root_.get(), path.c_str());
    if (found >= 0) return descriptor(found);
    if (errno == ELOOP) refuse_link();
    // An old kernel, a sandbox that does not know the call, or somebody renames folders right now.
    if (errno == ENOSYS || errno == EPERM || errno == EAGAIN)
        return open_by_steps(root_.get(), name);
    throw_errno("cannot open a folder");
}

tree::place tree::find(std::string_view name) const {
    return {open_folder(folder_of(name)), std::string(last_part(name))};
}

tree::place tree::find_or_make(std::string_view name) const {
    try {
        place found = find(name);
        demand_spelling_of(std::string(folder_of(name)));
        return found;
    } catch (const std::system_error& error) {
        if (error.code().value() == ENOTDIR)
            throw file_error("exists", "a file has the name of a folder");
        if (error.code().value() != ENOENT) throw;
    }
    descriptor folder = open_folder("");
    for_each_part(folder_of(name), [&](const std::string& part) {
        if (::mkdirat(folder.get(), part.c_str(), 0777) == 0)
            sync_folder(folder);
        else if (errno == EEXIST)
            demand_spelling(folder, part);
        else
            throw_errno("cannot make a folder");
        folder = step(folder.get(), part);
    });
    return {std::move(folder), std::string(last_part(name))};
}

void tree::demand_spelling_of(const std::string& folder) const {
    if (const std::scoped_lock lock(checking_); folder == checked_) return;
    descriptor above = open_folder("");
    for_each_part(folder, [&](const std::string& part) {
        demand_spelling(above, part);
        above = step(above.get(), part);
    });
    const std::scoped_lock lock(checking_);
    checked_ = folder;
}

void tree::forget_spelling() const {
    const std::scoped_lock lock(checking_);
    checked_.clear();
}

folder_reader::folder_reader(const descriptor& folder)
    // Opened anew: who shares a descriptor shares the place up to which it was read.
    : stream_(::fdopendir(::openat(folder.get(), ".", folder_flags))) {
    if (stream_ == nullptr) throw_errno("cannot read a folder");
}

const char* folder_reader::next() {
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(stream_);
        if (entry == nullptr && errno != 0) throw_errno("cannot read a folder");
        if (entry == nullptr) return nullptr;
        const std::string_view name = &entry->d_name[0];
        if (name != "." && name != "..") return name.data();
    }
}

bool look_at(const tree::place& place, struct stat& status) {
    const char* const leaf = place.leaf.empty() ? "." : place.leaf.c_str();
    if (::fstatat(place.folder.get(), leaf, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return false;
        throw_errno("cannot look at it");
    }
    if (S_ISLNK(status.st_mode)) refuse_link();
    return true;
}

descriptor open_file(const tree::place& place, struct stat& status) {
    const auto demand = [&](bool file) {
        if (!file) throw file_error("not_a_file", "it is no regular file");
    };
    if (!look_at(place, status)) throw file_error("not_found", "there is no such file");
    demand(S_ISREG(status.st_mode)); // only to open a device may do something
    descriptor file(::openat(place.folder.get(), place.leaf.c_str(),
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file.get() < 0 && errno == ELOOP) refuse_link();
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) throw_errno("cannot open it");
    demand(S_ISREG(status.st_mode));
    return file;
}

void sync_folder(const descriptor& folder) {
    if (::fsync(folder.get()) != 0) throw_errno("cannot write a folder to the disk");
}

bool make_folder(const tree::place& place, unsigned mode) {
    if (::mkdirat(place.folder.get(), place.leaf.c_str(), static_cast<mode_t>(mode)) == 0)
        return true;
    if (errno != EEXIST) throw_errno("cannot make the folder");
    struct stat status {};
    if (look_at(place, status) && !S_ISDIR(status.st_mode))
        throw file_error("exists", "there is a file that is called so");
    demand_spelling(place.folder, place.leaf);
    return false;
}

void remove(const tree::place& place) {
    struct stat status {};
    if (!look_at(place, status)) throw file_error("not_found", "there is no such file");
    const int flags = S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0;
    if (::unlinkat(place.folder.get(), place.leaf.c_str(), flags) != 0)
        throw_errno("cannot remove it");
}
