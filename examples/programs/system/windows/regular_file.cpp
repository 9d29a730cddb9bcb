// SPDX-License-Identifier: MIT
#include "system/regular_file.hpp"

#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace {

std::string kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a pipe";
    return "a device";
}

} // namespace

/// Who may make one is somebody who may do anything.
const int refuse_links = 0;

descriptor open_regular_file(const std::string& path, int flags, mode_t) {
    descriptor file(::_open(path.c_str(), flags | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE));
    const int error = errno;
    struct stat status {};
    const int known = file.get() < 0 ? ::stat(path.c_str(), &status) : ::fstat(file.get(), &status);
    if (known == 0 && !S_ISREG(status.st_mode))
        throw std::invalid_argument(path + " is " + kind_of(status.st_mode) +
                                    ", where a file is needed");
    if (file.get() < 0) throw std::system_error(error, std::generic_category(), path);
    return file;
}
