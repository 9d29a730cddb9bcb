// SPDX-License-Identifier: MIT
#include "chat_load/process.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

namespace chat_load {
namespace {

/// See proc(5).
process_usage usage_of(pid_t process) {
    const std::string path = "/proc/" + std::to_string(process) + "/stat";
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    // The second of the fields is the program's name, in which anything may stand.
    const std::size_t name_end = text.rfind(')');
    if (!file || name_end == text.npos)
        throw std::runtime_error("there is no process " + std::to_string(process));
    std::istringstream fields(text.substr(name_end + 1));
    const auto skip = [&fields](int count) {
        for (std::string field; count != 0; --count) fields >> field;
    };
    double user = 0;
    double system = 0;
    std::size_t pages = 0;
    skip(11);
    fields >> user >> system;
    skip(8);
    fields >> pages;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return {user / ticks, system / ticks, pages * page_size};
}

} // namespace

process_usage& process_usage::operator+=(const process_usage& other) {
    user += other.user;
    system += other.system;
    resident += other.resident;
    return *this;
}

process_usage usage_of(const std::vector<pid_t>& processes) {
    process_usage all;
    for (const pid_t process : processes) all += usage_of(process);
    return all;
}

} // namespace chat_load
