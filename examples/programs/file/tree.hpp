// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <mutex>
#include <string>
#include <string_view>

/// A folder and what is below it. Whatever names say and others change meanwhile, nothing outside
/// is reached: all is found from the folder's descriptor, and no symbolic link is followed.
///
/// Names are such that `fault_of` finds nothing wrong with them; "" is the folder itself. What goes
/// wrong is a file_error or a std::system_error. Knows no threads: any may use it.
class tree {
public:
    /// A folder, and what something in it is called.
    struct place {
        descriptor folder;
        std::string leaf;
    };

    explicit tree(const std::string& path);

    [[nodiscard]] place find(std::string_view name) const;
    /// The same, for what is to be written, and makes the folders that are missing.
    /// Throws: file_error "exists" for a folder that is called otherwise, where case does not
    /// count.
    [[nodiscard]] place find_or_make(std::string_view name) const;

    [[nodiscard]] descriptor open_folder(std::string_view name) const;

    /// To be called when a folder has been removed: what is called so next may be spelled
    /// otherwise.
    void forget_spelling() const;

private:
    void demand_spelling_of(const std::string& folder) const;

    descriptor root_;
    mutable std::mutex checking_;
    mutable std::string checked_; // the last folder that is spelled so
};

/// The entries of a folder, one after the other.
class folder_reader {
public:
    explicit folder_reader(const descriptor& folder);
    folder_reader(const folder_reader&) = delete;
    folder_reader& operator=(const folder_reader&) = delete;
    ~folder_reader() { ::closedir(stream_); }

    /// The next one's name, until the next call; nullptr at the end.
    [[nodiscard]] const char* next();

private:
    DIR* stream_;
};

/// What is there; false where nothing is.
[[nodiscard]] bool look_at(const tree::place& place, struct stat& status);

/// Opens a regular file to be read, and says what it is.
[[nodiscard]] descriptor open_file(const tree::place& place, struct stat& status);

/// Puts on the disk what a folder's entries are.
void sync_folder(const descriptor& folder);

/// Makes a folder with these permission bits, unless it is there. Returns: whether it was not.
/// Throws: file_error "exists" where something else is, or one that is called otherwise.
bool make_folder(const tree::place& place, unsigned mode);

/// Removes a file, or an empty folder.
void remove(const tree::place& place);
