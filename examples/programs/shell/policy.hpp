// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

/// What clients of a shell server may do.
struct policy {
    std::vector<std::string> allowed;   // programs; empty: whatever a shell can run
    std::map<int, rlim_t> limits;       // for each process
    std::size_t commands = 64;          // at once, on one connection
    std::size_t commands_in_all = 1024; // at once
};

/// Reads "NAME=VALUE", as in nproc=100, into a policy's limits.
/// Throws: std::invalid_argument, with a message for the person who typed it.
void add_limit(policy& policy, const std::string& text);
