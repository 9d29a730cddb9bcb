// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Parts of files that are on their way are called so, and nothing else is.
inline constexpr std::string_view part_prefix = ".framing-part-";

/// What is wrong with the name of a file, as a code and words.
struct name_fault {
    const char* code = "bad_request";
    const char* why = "";
};

/// Looks at a name that a peer has given: parts with a slash between them, below some folder, that
/// mean the same on every system and to whoever reads them. What a name leads to is for `tree`.
[[nodiscard]] std::optional<name_fault> fault_of(std::string_view name);

/// What a name is called from further above.
[[nodiscard]] std::string joined(const std::string& folder, const std::string& name);

/// What comes behind the last slash.
[[nodiscard]] std::string_view last_part(std::string_view name);
