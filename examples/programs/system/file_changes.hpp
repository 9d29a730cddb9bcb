// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <string>

/// What happens to one file and in the folder where its name is.
class file_changes {
public:
    /// Throws: std::system_error.
    explicit file_changes(const std::string& folder);

    /// From now on it is this file, whatever takes its name.
    /// Throws: std::system_error.
    void watch(int file);

    /// Waits until something may have happened.
    void wait();

private:
    descriptor all_;
    int watched_ = -1;
};
