// SPDX-License-Identifier: MIT
#include "file/spelling.hpp"

#include "file/error.hpp"
#include "file/tree.hpp"
#include "support/visible.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <utf8proc.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>

namespace {

bool is_ascii_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool exists(const descriptor& folder, const std::string& name) {
    struct stat status {};
    return ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Whether something is found by a name that differs only in case. What cases a letter has is not
/// the same for all file systems, but for those of ASCII: others are tried one by one.
bool is_found_in_other_case(const descriptor& folder, const std::string& name) {
    std::string other = name;
    for (char& c : other)
        if (is_ascii_letter(c)) c = static_cast<char>(c ^ 0x20);
    if (other != name) return exists(folder, other);
    for (std::size_t at = 0; at < name.size();) {
        utf8proc_int32_t character = 0;
        const auto size =
            utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(name.data()) + at,
                             static_cast<utf8proc_ssize_t>(name.size() - at), &character);
        if (size <= 0) return false; // no UTF-8
        for (const auto cased : {utf8proc_toupper(character), utf8proc_tolower(character)}) {
            if (cased == character) continue;
            std::array<char, 4> bytes{};
            const auto length =
                utf8proc_encode_char(cased, reinterpret_cast<utf8proc_uint8_t*>(bytes.data()));
            other = name;
            other.replace(at, static_cast<std::size_t>(size), bytes.data(),
                          static_cast<std::size_t>(length));
            if (exists(folder, other)) return true;
        }
        at += static_cast<std::size_t>(size);
    }
    return false;
}

std::string without_case(const std::string& name) {
    utf8proc_uint8_t* text = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                     static_cast<utf8proc_ssize_t>(name.size()), &text,
                     static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(text, &std::free);
    return size < 0 ? name : std::string(text, text + size);
}

} // namespace

void spellings::demand(const descriptor& folder, const std::string& leaf) {
    if (!is_found_in_other_case(folder, leaf)) return;
    struct stat last {};
    struct stat now {};
    if (::fstat(folder_.get(), &last) == 0 && ::fstat(folder.get(), &now) == 0 &&
        last.st_dev == now.st_dev && last.st_ino == now.st_ino && names_.contains(leaf))
        return;
    read(folder);
    if (names_.contains(leaf)) return;
    const std::string folded = without_case(leaf);
    std::string found;
    for (const std::string& name : names_)
        if (without_case(name) == folded) found = name;
    throw file_error("exists",
                     "it is called \"" + visible(found) + "\" there, where case does not count");
}

void spellings::read(const descriptor& folder) {
    folder_ = descriptor(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0));
    names_.clear();
    folder_reader entries(folder);
    while (const char* const entry = entries.next()) names_.insert(entry);
}
