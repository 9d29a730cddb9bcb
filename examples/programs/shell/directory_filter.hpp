// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Makes `cd` last from one command to the next: each is a shell of its own, so the command is made
/// to say at its end where it then is, behind a mark that nobody can guess, and what it says is
/// taken out of its output again.
class directory_filter {
public:
    directory_filter();

    /// The command that does what `line` does, and then says where it is.
    [[nodiscard]] std::string wrap(const std::string& line) const;

    /// Takes a piece of output. Returns: what of it is to be shown now.
    std::string pass(std::string_view output);

    /// What was held back when the output has ended.
    std::string finish();

    /// Where the last command that said so was at its end; empty before.
    [[nodiscard]] const std::string& directory() const { return directory_; }

    /// Where `cd -` leads.
    [[nodiscard]] const std::string& previous_directory() const { return previous_; }

    /// The directory cannot be had any more: back to the server's own.
    void forget_directory() { directory_.clear(); }

private:
    void arrive(std::string directory);

    /// How many bytes at the end of held_ could be the beginning of the mark.
    [[nodiscard]] std::size_t maybe_mark() const;

    std::string mark_;
    std::string held_;
    std::string directory_;
    std::string previous_;
};
