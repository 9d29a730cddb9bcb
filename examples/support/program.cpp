// SPDX-License-Identifier: MIT
#include "support/program.hpp"

#include <framing/version.hpp>

namespace program {

void add_version(CLI::App& app) {
    app.set_version_flag("-V,--version", app.get_name() + ' ' +
                                             std::to_string(FRAMING_VERSION_MAJOR) + '.' +
                                             std::to_string(FRAMING_VERSION_MINOR) + '.' +
                                             std::to_string(FRAMING_VERSION_PATCH));
}

void complain(const CLI::App& app, const std::string& message) {
    std::cerr << app.get_name() << ": " << message << '\n';
}

} // namespace program
