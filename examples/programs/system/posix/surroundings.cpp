// SPDX-License-Identifier: MIT
#include "system/surroundings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace surroundings {

std::string program_name() {
    return program_invocation_short_name;
}

void prepare_standard_streams() {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
        if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDWR); // the lowest free number
}

std::filesystem::path home() {
    const char* const folder = std::getenv("HOME");
    return folder == nullptr ? "" : folder;
}

} // namespace surroundings
