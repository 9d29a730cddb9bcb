// SPDX-License-Identifier: MIT
#include "support/program.hpp"

#include "support/visible.hpp"
#include "system/surroundings.hpp"

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace program {

void complain(std::string_view message) {
    std::cerr << surroundings::program_name() << ": " << visible(message) << '\n';
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

} // namespace program
