// SPDX-License-Identifier: MIT
#pragma once

#include "file/digest.hpp"
#include "file/extents.hpp"
#include "file/file_sum.hpp"
#include "file/part.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

/// A file that comes: a body is written where it belongs, and the sum of the whole file computed.
/// What goes wrong is a file_error or a std::system_error.
class incoming {
public:
    struct description {
        std::uint64_t size = 0;
        std::uint64_t offset = 0;
        extents data; // what of it comes; the rest is zeros
        sum_kind sum = sum_kind::sha256;
        std::optional<double> mtime;
        unsigned mode = 0; // permission bits
        bool if_absent = false;

        /// How much of the file is read, or known, only for the sum.
        [[nodiscard]] std::uint64_t only_summed() const {
            return sum == sum_kind::none ? 0 : size - bytes_of(data);
        }
    };

    incoming(tree::place place, description wanted);

    /// Adds up what was there before. Pre: nothing was written yet.
    /// Returns: false where this is to be called again, since that is much.
    [[nodiscard]] bool catch_up() { return sum_.add_up(part_.file(), wanted_.offset); }
    /// Nobody waits for it any more: where it takes long, it ends by a file_error. From any thread.
    void give_up() {
        if (wanted_.only_summed() > long_sum) sum_.give_up();
    }

    /// Writes what comes next of the body. Pre: there is no more of it than was said.
    /// Returns: how much of it; where it is not all, much has to be added up before.
    [[nodiscard]] std::size_t write(std::span<const std::byte> bytes);

    /// The sum of the whole file, which gets its size, its time and its mode; nothing where this is
    /// to be called again. Pre: all was written.
    [[nodiscard]] std::optional<std::string> finish();

    [[nodiscard]] const description& wanted() const { return wanted_; }
    [[nodiscard]] ::part& part() { return part_; }

private:
    description wanted_;
    ::part part_;
    file_sum sum_{wanted_.sum, wanted_.offset};
    std::size_t next_ = 0;       // of the stretches
    std::uint64_t position_ = 0; // in that
};
