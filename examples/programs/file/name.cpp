// SPDX-License-Identifier: MIT
#include "file/name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace {

constexpr std::size_t longest_name = 1024;
constexpr std::size_t longest_part = 255;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// What Windows takes for a device, whatever comes behind a dot.
bool is_device(std::string_view part) {
    std::string stem(part.substr(0, part.find('.')));
    std::ranges::transform(stem, stem.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    stem.erase(stem.find_last_not_of(' ') + 1);
    constexpr std::array<std::string_view, 4> whole{"CON", "PRN", "AUX", "NUL"};
    if (std::ranges::find(whole, stem) != whole.end()) return true;
    if (!stem.starts_with("COM") && !stem.starts_with("LPT")) return false;
    constexpr std::array<std::string_view, 3> superscripts{"\u00b9", "\u00b2", "\u00b3"};
    const std::string_view number = std::string_view(stem).substr(3);
    return (number.size() == 1 && number.front() >= '0' && number.front() <= '9') ||
           std::ranges::find(superscripts, number) != superscripts.end();
}

std::optional<name_fault> fault_of_part(std::string_view part) {
    if (part == "..") return name_fault{"outside_root", "a name does not lead upwards"};
    if (part.empty() || part == ".")
        return name_fault{.why = "a name has neither empty parts nor \".\""};
    if (part.size() > longest_part)
        return name_fault{.why = "no part of a name has over 255 bytes"};
    if (part.back() == '.' || part.back() == ' ')
        return name_fault{.why = "no part of a name ends in a dot or a space"};
    if (part.starts_with(part_prefix))
        return name_fault{.why = "this is what parts of files are called"};
    if (is_device(part)) return name_fault{.why = "this is a device on some systems"};
    return std::nullopt;
}

} // namespace

std::optional<name_fault> fault_of(std::string_view name) {
    if (name.starts_with('/'))
        return name_fault{"outside_root", "a name is relative to the root that is served"};
    if (name.size() > longest_name) return name_fault{.why = "a name has at most 1,024 bytes"};
    if (std::ranges::any_of(name, is_control))
        return name_fault{.why = "a name has no control characters"};
    // The first fault counts, but none is as good to know as that of a name that leads outside.
    std::optional<name_fault> fault;
    if (name.find_first_of("\\:") != name.npos)
        fault = name_fault{.why = "a name has neither \"\\\" nor \":\""};
    for (std::size_t start = 0; start <= name.size();) {
        const std::size_t end = std::min(name.find('/', start), name.size());
        const auto found = fault_of_part(name.substr(start, end - start));
        if (found && (!fault || found->code == std::string_view("outside_root"))) fault = found;
        start = end + 1;
    }
    return fault;
}

std::string_view last_part(std::string_view name) {
    return name.substr(name.rfind('/') + 1);
}

std::string joined(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.ends_with('/') ? folder + name : folder + '/' + name;
}
