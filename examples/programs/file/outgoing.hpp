// SPDX-License-Identifier: MIT
#pragma once

#include "file/digest.hpp"
#include "file/extents.hpp"
#include "file/file_sum.hpp"
#include "support/descriptor.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

/// A file that is sent: read from an offset to its end, with the sum of all of it.
/// What goes wrong is a file_error or a std::system_error.
class outgoing {
public:
    /// `file`: a regular one, `status` of it. `sparse`: holes are left out.
    outgoing(descriptor file, const struct stat& status, sum_kind sum, std::uint64_t from,
             bool sparse);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::uint64_t from() const { return from_; }
    [[nodiscard]] sum_kind kind() const { return sum_.kind(); }
    [[nodiscard]] double mtime() const;
    [[nodiscard]] unsigned mode() const { return status_.st_mode & 07777; }
    [[nodiscard]] const extents& data() const { return data_; }
    [[nodiscard]] std::uint64_t body_size() const { return bytes_of(data_); }
    /// What of that was not read yet.
    [[nodiscard]] std::uint64_t left() const { return left_; }
    /// Whether the body is all of it, from the offset on.
    [[nodiscard]] bool is_whole() const { return body_size() == size_ - from_; }

    /// How much of the file is read, or known, only for the sum.
    [[nodiscard]] std::uint64_t only_summed() const {
        return kind() == sum_kind::none ? 0 : size_ - body_size();
    }
    /// Nobody waits for it any more: it ends by a file_error. From any thread.
    void give_up() { sum_.give_up(); }

    /// The next bytes of the body: as many as there is room for, or are left, or fewer where much
    /// has to be added up before; then this is to be called again.
    /// Throws: file_error "changed" where the file has become shorter.
    [[nodiscard]] std::size_t read(std::span<std::byte> into);

    /// The sum; nothing where this is to be called again, since much has to be added up. Pre: all
    /// was read. Throws: file_error "changed" where the file is another by now.
    [[nodiscard]] std::optional<std::string> finish();

private:
    descriptor file_;
    struct stat status_;
    file_sum sum_;
    std::uint64_t size_;
    std::uint64_t from_;
    extents data_;
    std::uint64_t left_;
    std::size_t next_ = 0;       // of the stretches
    std::uint64_t position_ = 0; // in the stretch
};
