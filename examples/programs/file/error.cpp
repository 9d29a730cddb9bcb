// SPDX-License-Identifier: MIT
#include "file/error.hpp"

#include <cerrno>
#include <system_error>

namespace {

const char* code_of(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR: return "not_found";
    case ELOOP:
    case EXDEV: return "outside_root";
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return "no_space";
    case EEXIST: return "exists";
    case ENOTEMPTY: return "not_empty";
    case ENAMETOOLONG:
    case EINVAL: return "bad_request";
    case EACCES:
    case EPERM:
    case EROFS: return "not_allowed";
    default: return "io_error";
    }
}

} // namespace

void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

file_error current_file_error() {
    try {
        throw;
    } catch (const file_error& error) {
        return error;
    } catch (const std::system_error& error) {
        return {code_of(error.code().value()), error.code().message()};
    }
}
