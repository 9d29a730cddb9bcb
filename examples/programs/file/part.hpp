// SPDX-License-Identifier: MIT
#pragma once

#include "file/spelling.hpp"
#include "file/tree.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

/// A file that is not whole yet, beside where it is to appear. It belongs to a name, a size and a
/// time of modification, and has one writer. Whoever leaves it leaves what came so far.
class part {
public:
    /// Of which file.
    struct identity {
        std::uint64_t size = 0;
        std::optional<double> mtime; // seconds since 1970
    };

    /// How much of a file is there to go on with; where it is not known which, of the last one that
    /// was begun.
    [[nodiscard]] static std::uint64_t partial(const tree::place& place,
                                               const std::optional<identity>& which);

    /// Begins at 0, or goes on where it ends.
    /// Throws: file_error, "bad_offset" where it ends elsewhere and "busy" where another goes on
    /// with it; std::system_error.
    part(tree::place place, const identity& which, std::uint64_t offset);
    part(const part&) = delete;
    part& operator=(const part&) = delete;
    ~part();

    [[nodiscard]] int file() const { return file_.get(); }
    [[nodiscard]] const tree::place& place() const { return place_; }
    /// How many bytes it had when we came.
    [[nodiscard]] std::uint64_t previous() const { return previous_; }

    /// Puts its bytes on the disk.
    void sync();
    /// ... and those of all others in the same file system.
    void sync_all();
    /// Gives it its name, in place of what was called so.
    /// Returns: how many bytes that had. Throws: file_error "exists" where something is called so
    /// and nothing may be replaced, or it is what no file replaces, or called otherwise.
    std::uint64_t appear(bool if_absent, spellings& called);
    /// Nobody is to go on with it.
    void discard();
    /// Leaves it to be gone on with. Returns: how many bytes are kept.
    std::uint64_t leave();

private:
    void begin(const std::string& called, std::uint64_t offset, struct stat& status);
    [[nodiscard]] bool open(const std::string& called, int flags, struct stat& status);
    [[nodiscard]] bool is_abandoned(const std::string& called) const;
    [[nodiscard]] bool still_called(const std::string& called, struct stat& status) const;

    tree::place place_;
    std::string called_;  // as it is, empty once it has appeared or is gone, ...
    std::string kept_as_; // ... and as it is to be when we are gone
    descriptor file_;
    std::uint64_t previous_ = 0;
};

/// Whether nothing else is in a folder.
[[nodiscard]] bool has_only_parts(const descriptor& folder);

/// Removes the parts in a folder that nobody has written to since a time (seconds since 1970).
/// Returns: how many bytes they had.
std::uint64_t remove_old_parts(const descriptor& folder, double before);
