// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <string>

/// Some file systems find `README` by the name of `readme`, too. What is found by a name has to be
/// called so before it is replaced, or gone on with: else of two files of one folder the last would
/// be left, and nobody told.
///
/// Pre: something is found by this name. Complexity: one look where case counts, or for each letter
/// of a name without ASCII letters; else all entries of the folder. Throws: file_error "exists",
/// with what it is called.
void demand_spelling(const descriptor& folder, const std::string& leaf);
