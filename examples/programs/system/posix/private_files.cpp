// SPDX-License-Identifier: MIT
#include "system/private_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace private_files {
namespace {

std::string last_error() {
    return std::generic_category().message(errno);
}

} // namespace

int create(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

std::string readers_of(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_error();
    if (status.st_uid != ::geteuid())
        return "is user " + std::to_string(status.st_uid) + "'s, who knows what is in it";
    return (status.st_mode & 077) != 0 ? "others can read it; run chmod 600 on it" : "";
}

std::string writers_of(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return last_error();
    const bool is_ours = status.st_uid == ::geteuid() || status.st_uid == 0;
    return is_ours && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0
               ? ""
               : "others can write to it; make it yours, and run chmod go-w";
}

/// But for a folder such as /tmp, where everybody has his own files.
std::string writers_of_folder(const std::filesystem::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return folder.string() + ": " + last_error();
    return (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0
               ? "others can write to " + folder.string() + "; run chmod o-w on it"
               : "";
}

} // namespace private_files
