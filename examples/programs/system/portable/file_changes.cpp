// SPDX-License-Identifier: MIT
#include "system/file_changes.hpp"

#include <chrono>
#include <thread>

/// Nobody tells: it is looked again soon.
file_changes::file_changes(const std::string&) {}

void file_changes::watch(int file) {
    watched_ = file;
}

void file_changes::wait() {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
}
