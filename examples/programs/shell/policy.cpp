// SPDX-License-Identifier: MIT
#include "shell/policy.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>

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
