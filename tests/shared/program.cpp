// SPDX-License-Identifier: MIT
#include <framing/error.hpp>

#include "library.hpp"

/// Whether an error of one library is the same to another, and to a program.
int main() {
    const bool same = code_of_one_library() == code_of_another_library() &&
                      code_of_one_library() == framing::errc::empty_header;
    return same ? 0 : 1;
}
