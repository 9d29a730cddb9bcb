// SPDX-License-Identifier: MIT
#include "shell/policy.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

/// The folders that a variable of ours names, each absolute.
/// Throws: std::invalid_argument where one is not.
std::vector<std::filesystem::path> folders_of(const char* variable, const char* otherwise,
                                              char separator = ':') {
    const char* const value = std::getenv(variable);
    std::string list = std::string(value != nullptr ? value : otherwise) + ':';
    std::ranges::replace(list, separator, ':');
    std::istringstream text(list);
    std::vector<std::filesystem::path> result;
    for (std::string folder; std::getline(text, folder, ':');) {
        result.emplace_back(folder);
        if (!result.back().is_absolute())
            throw std::invalid_argument(std::string("--allow: ") + variable + " names \"" + folder +
                                        "\", which is wherever a client wants it to be; let it "
                                        "name absolute folders only");
    }
    return result;
}

bool can_run(const std::filesystem::path& file) {
    std::error_code unknown;
    return std::filesystem::is_regular_file(file, unknown) && ::access(file.c_str(), X_OK) == 0;
}

bool can_enter(const std::filesystem::path& folder) {
    std::error_code unknown;
    return std::filesystem::is_directory(folder, unknown) && ::access(folder.c_str(), X_OK) == 0;
}

} // namespace

void settle(policy& policy, const std::string& directory) {
    const passwd* const user = ::getpwuid(::geteuid());
    if (user != nullptr && can_run(user->pw_shell)) policy.shell = user->pw_shell;
    if (!directory.empty() && !can_enter(directory))
        throw std::invalid_argument("--cwd " + directory + ": is no folder that can be entered");
    const char* const named_home = std::getenv("HOME");
    const char* const home = user != nullptr ? user->pw_dir : nullptr;
    for (const char* const place : {directory.c_str(), named_home, home, "/"})
        if (place != nullptr && can_enter(place)) {
            policy.directory = std::filesystem::absolute(place).lexically_normal();
            return;
        }
}

void allow(policy& policy, const std::string& name) {
    if (const char* const libraries = std::getenv("LD_LIBRARY_PATH"); libraries && *libraries)
        static_cast<void>(folders_of("LD_LIBRARY_PATH", "", ';'));
    const auto folders = folders_of("PATH", "/usr/bin:/bin");
    if (name.find('/') != name.npos) {
        const auto file = std::filesystem::absolute(name);
        if (!can_run(file))
            throw std::invalid_argument("--allow " + name + ": no program is at " + file.string());
        policy.allowed[name] = file;
        return;
    }
    for (const auto& folder : folders)
        if (can_run(folder / name)) {
            policy.allowed[name] = folder / name;
            return;
        }
    throw std::invalid_argument("--allow " + name + ": no program of this name is in PATH");
}

void add_limit(policy& policy, const std::string& text) {
    static const std::map<std::string_view, int> resources{
        {"as", RLIMIT_AS},       {"core", RLIMIT_CORE},   {"cpu", RLIMIT_CPU},
        {"data", RLIMIT_DATA},   {"fsize", RLIMIT_FSIZE}, {"nofile", RLIMIT_NOFILE},
        {"nproc", RLIMIT_NPROC}, {"stack", RLIMIT_STACK},
    };
    const std::string_view whole = text;
    const std::size_t equals = whole.find('=');
    const auto resource = resources.find(whole.substr(0, equals));
    const std::string_view digits = equals == whole.npos ? "" : whole.substr(equals + 1);
    rlim_t most = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), most);
    if (resource == resources.end() || digits.empty() || error != std::errc{} ||
        end != digits.data() + digits.size())
        throw std::invalid_argument("--limit " + text +
                                    ": write NAME=NUMBER, where NAME is one of as, core, cpu, "
                                    "data, fsize, nofile, nproc, stack");
    policy.limits[resource->second] = most;
}
