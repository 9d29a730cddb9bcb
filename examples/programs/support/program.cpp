// SPDX-License-Identifier: MIT
#include "support/program.hpp"

#include "support/visible.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
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

void ignore_more_signals() {
    // Blocked, not ignored: whoever gives a handler back would undo that.
    sigset_t endings;
    ::sigemptyset(&endings);
    ::sigaddset(&endings, SIGINT);
    ::sigaddset(&endings, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &endings, nullptr);
}

void begin_with_ordinary_signals() {
    std::signal(SIGCHLD, SIG_DFL);
    std::signal(SIGPIPE, SIG_IGN); // writing to who is gone is an error, not the end
    std::signal(SIGXFSZ, SIG_IGN); // and so is a file that may not grow
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

} // namespace program
