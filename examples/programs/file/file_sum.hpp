// SPDX-License-Identifier: MIT
#pragma once

#include "file/digest.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// The sum of a file of which only some passes by: its beginning is there already, and its holes
/// are zeros.
class file_sum {
public:
    /// `beginning`: how much of the file is there already.
    file_sum(sum_kind kind, std::uint64_t beginning)
        : kind_(kind), beginning_(beginning), digest_(kind, &given_up_) {}
    file_sum(const file_sum&) = delete;
    file_sum& operator=(const file_sum&) = delete;

    [[nodiscard]] sum_kind kind() const { return kind_; }

    /// Adds up some more of what does not pass by, but no more than a step. Returns: whether all of
    /// it, up to a place in the file.
    /// Throws: as digest::update_from.
    [[nodiscard]] bool add_up(int file, std::uint64_t to);

    /// What comes next has passed by.
    void update(std::span<const std::byte> bytes) {
        digest_.update(bytes);
        summed_ += bytes.size();
    }

    /// As digest::finish. Pre: all was added up.
    [[nodiscard]] std::string finish() { return digest_.finish(); }

    /// From now on adding up ends by a file_error with code_of_given_up. From any thread.
    void give_up() { given_up_ = true; }

private:
    sum_kind kind_;
    std::uint64_t beginning_;
    std::atomic<bool> given_up_{false};
    digest digest_;
    std::uint64_t summed_ = 0;
};
