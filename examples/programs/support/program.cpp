// SPDX-License-Identifier: MIT
#include "support/program.hpp"

#include "support/visible.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace program {

void complain(std::string_view message) {
    std::cerr << program_invocation_short_name << ": " << visible(message) << '\n';
}

int explain() {
    try {
        throw;
    } catch (const failure& error) {
        complain(error.what());
        return error.code();
    } catch (const std::invalid_argument& error) {
        complain(error.what());
        return bad_usage;
    } catch (const std::exception& error) {
        complain(error.what());
        return failed;
    }
}

void fill_standard_streams() {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
        if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDWR); // the lowest free number
}

} // namespace program
