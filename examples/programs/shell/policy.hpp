// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <map>
#include <string>

/// What clients of a shell server may do.
struct policy {
    std::string directory = "/";                // where commands begin
    std::string shell = "/bin/sh";              // what a person at a terminal gets
    std::map<std::string, std::string> allowed; // programs by name, where they are; empty: any
    std::map<int, rlim_t> limits;               // for each process
    std::size_t commands = 64;                  // at once, on one connection
    std::size_t commands_in_all = 1024;         // at once
};

/// Finds out which shell is that of the user we are, and where commands begin: in `directory`, or
/// if that is empty at home, or where that cannot be entered in `/`. Throws: std::invalid_argument
/// where `directory` cannot be.
void settle(policy& policy, const std::string& directory);

/// Lets clients run a program by exactly this name, which is looked for here and now: one without
/// a slash in PATH, another from the folder we are in.
/// Throws: std::invalid_argument where there is none, or PATH or LD_LIBRARY_PATH would leave it to
/// the client's folder which programs and libraries run.
void allow(policy& policy, const std::string& name);

/// Reads "NAME=VALUE", as in nproc=100, into a policy's limits.
/// Throws: std::invalid_argument, with a message for the person who typed it.
void add_limit(policy& policy, const std::string& text);
