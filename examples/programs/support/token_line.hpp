// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

/// The token of a client that says it in a line of its own, before anything else, as a person with
/// `nc` can.
class token_line {
public:
    explicit token_line(bool wanted) : wanted_(wanted) {}

    /// Takes the line from the front of `bytes`; when it is whole, appends to `frames` the message
    /// that it stands for. Returns: what is wrong with it.
    [[nodiscard]] std::error_code take(std::span<const std::byte>& bytes, std::string& frames);

private:
    static constexpr std::size_t longest = 1024;

    bool wanted_;
    std::string line_;
};
