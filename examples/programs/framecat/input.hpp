// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/hex_text.hpp"
#include "support/descriptor.hpp"

#include <unistd.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace framecat {

/// Standard input, or a file.
class input {
public:
    /// `file`: - for standard input.
    /// Throws: std::system_error.
    explicit input(const std::string& file);

    /// What is there, at most as much as fits; nothing at the end.
    std::size_t read(std::span<std::byte> into);

private:
    std::string name_;
    descriptor file_;
    int number_ = STDIN_FILENO;
};

/// The bytes of an input, or those that it says, where it is a hex dump.
class byte_input {
public:
    explicit byte_input(const std::string& file) : input_(file) {}

    /// As input::read.
    /// Throws: also std::runtime_error, for a hex dump that is none behind its beginning.
    std::size_t read(std::span<std::byte> into);

private:
    bool find_out();
    std::size_t read_dump(std::span<std::byte> into);

    input input_;
    std::optional<bool> is_dump_;
    std::string held_;      // read before that was known, or not taken yet
    std::string_view rest_; // of that
    hex_text dump_;
};

} // namespace framecat
