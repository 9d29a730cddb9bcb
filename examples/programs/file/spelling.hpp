// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <string>
#include <unordered_set>

/// Some file systems find `README` by the name of `readme`, too. What is found by a name has to be
/// called so before it is replaced, or gone on with: else of two files of one folder the last would
/// be left, and nobody told.
class spellings {
public:
    /// Pre: something is found by this name. Complexity: one look where case counts, one for each
    /// letter of a name without ASCII letters; else all entries of the folder, once for names of
    /// the same folder. Throws: file_error "exists", with what it is called.
    void demand(const descriptor& folder, const std::string& leaf);

private:
    void read(const descriptor& folder);

    descriptor folder_; // the last that was read; held, so that no other has its number
    std::unordered_set<std::string> names_; // in that
};

/// As above, of one name.
inline void demand_spelling(const descriptor& folder, const std::string& leaf) {
    spellings().demand(folder, leaf);
}
