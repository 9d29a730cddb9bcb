// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

/// What a program finds when it starts.
namespace surroundings {

/// What it was called by, without folders.
[[nodiscard]] std::string program_name();

/// Has standard input, output and error ready for UTF-8, and puts what is empty and takes all where
/// one of them is closed, so that no socket or file of ours takes its number.
void prepare_standard_streams();

/// Where the user's files are; empty where that is not known.
[[nodiscard]] std::filesystem::path home();

} // namespace surroundings
