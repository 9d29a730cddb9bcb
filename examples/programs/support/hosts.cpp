// SPDX-License-Identifier: MIT
#include "support/hosts.hpp"

#include "support/descriptor.hpp"
#include "system/private_files.hpp"
#include "system/regular_file.hpp"
#include "system/surroundings.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <system_error>

namespace hosts {
namespace {

constexpr std::array keys{"address",  "tls",     "tls-ca",    "tls-pin",
                          "tls-cert", "tls-key", "token-file"};
constexpr std::size_t most_bytes = 1024 * 1024;

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// A # begins a comment where it begins a word.
std::string_view without_comment(std::string_view line) {
    for (std::size_t at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
        if (at == 0 || blanks.find(line[at - 1]) != blanks.npos) return line.substr(0, at);
    return line;
}

std::string file_beside(const std::filesystem::path& file, const std::string& name) {
    if (name.starts_with("~/")) return (surroundings::home() / name.substr(2)).string();
    return (file.parent_path() / name).string();
}

/// One that others can write to could have the token sent to them.
std::string read(const std::filesystem::path& path) {
    const descriptor file = open_regular_file(path.string(), O_RDONLY);
    const std::string writers = private_files::writers_of(file.get());
    if (!writers.empty()) throw std::invalid_argument(path.string() + ": " + writers);
    std::string text(most_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto rest = std::as_writable_bytes(std::span(text)).subspan(size);
        const std::size_t more = read_some(file.get(), rest, path.string().c_str());
        if (more == 0) break;
        size += more;
    }
    if (size > most_bytes) throw std::invalid_argument(path.string() + " is larger than 1 MiB");
    text.resize(size);
    return text;
}

} // namespace

table parse(std::string_view text, const std::filesystem::path& file) {
    table all;
    host* current = nullptr;
    std::size_t number = 0;
    const auto fail = [&](const std::string& why) {
        throw std::invalid_argument(file.string() + ':' + std::to_string(number) + ": " + why);
    };
    while (!text.empty()) {
        ++number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(without_comment(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        if (line.find('\0') != line.npos) fail("there is a NUL, so it is no text");
        const std::size_t space = std::min(line.find_first_of(blanks), line.size());
        const std::string key(line.substr(0, space));
        std::string value(trimmed(line.substr(space)));
        if (value.empty()) fail(key + " has nothing behind it");
        if (key == "host") {
            if (!is_name(value) || value.find_first_of(blanks) != value.npos)
                fail("\"" + value + "\" is no name: it has a colon or a space");
            const auto [entry, is_new] = all.try_emplace(value);
            if (!is_new) fail(value + " is there twice");
            current = &entry->second;
            continue;
        }
        if (std::ranges::find(keys, key) == keys.end())
            fail(key + " is not among: host, address, tls, tls-ca, tls-pin, tls-cert, tls-key, "
                       "token-file");
        if (current == nullptr) fail(key + " stands before the first host");
        if (key == "tls" && value != "yes" && value != "no") fail("tls is yes or no");
        if (key == "address" && is_name(value)) fail(value + " is no HOST:PORT or unix:PATH");
        if (key == "tls-ca" || key == "tls-cert" || key == "tls-key" || key == "token-file")
            value = file_beside(file, value);
        if (!current->try_emplace(key, value).second) fail(key + " is there twice");
    }
    for (const auto& [name, known] : all)
        if (known.find("address") == known.end())
            throw std::invalid_argument(file.string() + ": host " + name + " has no address");
    return all;
}

std::filesystem::path default_path() {
    const std::filesystem::path home = surroundings::home();
    const char* const configuration = std::getenv("XDG_CONFIG_HOME");
    std::filesystem::path folder = configuration == nullptr ? "" : configuration;
    if (!folder.is_absolute() && !home.empty()) folder = home / ".config";
    return folder.empty() ? folder : folder / "framing" / "hosts";
}

host find(const std::string& name) {
    const std::filesystem::path path = default_path();
    if (path.empty())
        throw std::invalid_argument(name + " is no HOST:PORT or unix:PATH, and without HOME there "
                                           "is no file of hosts");
    std::string text;
    try {
        text = read(path);
    } catch (const std::system_error& error) {
        throw std::invalid_argument(name + " is no HOST:PORT or unix:PATH, and " + error.what());
    }
    const table all = parse(text, path);
    const auto found = all.find(name);
    if (found == all.end())
        throw std::invalid_argument(name + " is no HOST:PORT or unix:PATH, and no host in " +
                                    path.string());
    return found->second;
}

std::string address_of(const std::string& text) {
    return is_name(text) ? find(text).find("address")->second : text;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.find(':') == text.npos;
}

} // namespace hosts
