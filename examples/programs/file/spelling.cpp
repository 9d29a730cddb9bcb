// SPDX-License-Identifier: MIT
#include "file/spelling.hpp"

#include "file/error.hpp"
#include "file/tree.hpp"
#include "support/visible.hpp"

#include <sys/stat.h>
#include <utf8proc.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace {

/// The same name with each letter in the other case; as it is where it is no UTF-8.
std::string in_other_case(const std::string& name) {
    std::string other;
    for (std::string_view left = name; !left.empty();) {
        utf8proc_int32_t character = 0;
        const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(left.data()),
                                           static_cast<utf8proc_ssize_t>(left.size()), &character);
        if (size <= 0) return name;
        left.remove_prefix(static_cast<std::size_t>(size));
        const auto large = utf8proc_toupper(character);
        std::array<utf8proc_uint8_t, 4> bytes{};
        const auto length = utf8proc_encode_char(
            large != character ? large : utf8proc_tolower(character), bytes.data());
        other.append(bytes.begin(), bytes.begin() + length);
    }
    return other;
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

void demand_spelling(const descriptor& folder, const std::string& leaf) {
    const std::string other = in_other_case(leaf);
    struct stat status {};
    if (other == leaf || ::fstatat(folder.get(), other.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    const std::string folded = without_case(leaf);
    std::string found;
    folder_reader entries(folder);
    while (const char* const entry = entries.next()) {
        if (entry == leaf) return;
        if (without_case(entry) == folded) found = entry;
    }
    throw file_error("exists",
                     "it is called \"" + visible(found) + "\" there, where case does not count");
}
