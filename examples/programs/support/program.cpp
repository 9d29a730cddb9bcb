// SPDX-License-Identifier: MIT
#include "support/program.hpp"

#include <framing/version.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace program {

const CLI::Validator amounts(
    [](std::string& text) {
        double number = 0;
        const bool good = CLI::detail::lexical_cast(text, number) && number >= 0 && number <= 1e9;
        return good ? std::string() : text + " is not in [0 - 1e+09]";
    },
    "");

void add_version(CLI::App& app) {
    app.set_version_flag("-V,--version", app.get_name() + ' ' +
                                             std::to_string(FRAMING_VERSION_MAJOR) + '.' +
                                             std::to_string(FRAMING_VERSION_MINOR) + '.' +
                                             std::to_string(FRAMING_VERSION_PATCH));
}

void complain(const std::string& program, std::string message) {
    std::ranges::replace_if(
        message, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
    std::cerr << program << ": " << message << '\n';
}

void fill_standard_streams() {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
        if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDWR); // the lowest free number
}

} // namespace program
