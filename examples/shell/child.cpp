// SPDX-License-Identifier: MIT
#include "shell/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

namespace {

/// Both ends of a pipe, closed in every child that does not ask for them.
std::error_code make_pipe(descriptor& reader, descriptor& writer) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {errno, std::generic_category()};
    reader = descriptor(ends[0]);
    writer = descriptor(ends[1]);
    return {};
}

/// What posix_spawn does in the child before it becomes the command.
class spawn_plan {
public:
    spawn_plan() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    spawn_plan(const spawn_plan&) = delete;
    spawn_plan& operator=(const spawn_plan&) = delete;
    ~spawn_plan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    void own_group_and_signals() {
        sigset_t every;
        sigset_t none;
        sigfillset(&every);
        sigemptyset(&none);
        ::posix_spawnattr_setsigdefault(&attributes_, &every);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                     POSIX_SPAWN_SETPGROUP);
    }
    void only_streams(int in, int out, int err) {
        ::posix_spawn_file_actions_adddup2(&actions_, in, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
        // Asio's sockets carry no close-on-exec flag.
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }
    void directory(const std::string& path) {
        ::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str());
    }

    std::error_code run(const char* program, const std::vector<char*>& arguments,
                        const std::vector<char*>& environment, pid_t& pid) const {
        const int error = ::posix_spawn(&pid, program, &actions_, &attributes_, arguments.data(),
                                        environment.data());
        return {error, std::generic_category()};
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Our environment as "NAME=value", with `changes` on top.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!changes.contains(text.substr(0, text.find('=')))) result.push_back(text);
    }
    for (const auto& [name, value] : changes) result.push_back(name + '=' + value);
    return result;
}

/// As exec takes it: pointers, the last one null. Views `strings`.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& string : strings) result.push_back(string.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

std::error_code spawn(const child_options& options, child& result) {
    descriptor in;
    descriptor out;
    descriptor err;
    if (const auto error = make_pipe(in, result.in)) return error;
    if (const auto error = make_pipe(result.out, out)) return error;
    if (const auto error = make_pipe(result.err, err)) return error;

    spawn_plan plan;
    plan.own_group_and_signals();
    if (!options.directory.empty()) plan.directory(options.directory);
    plan.only_streams(in.get(), out.get(), err.get());

    std::vector<std::string> arguments = {"sh", "-c", "--", options.command};
    std::vector<std::string> environment = environment_with(options.environment);
    return plan.run("/bin/sh", pointers_to(arguments), pointers_to(environment), result.pid);
}

bool signal_group(pid_t group, int signal) {
    return ::kill(-group, signal) == 0;
}
