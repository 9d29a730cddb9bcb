// SPDX-License-Identifier: MIT
#include "shell/child.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

/// Both ends of a pipe, closed in every child that does not ask for them.
std::error_code make_pipe(descriptor& reader, descriptor& writer) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return last_error();
    reader = descriptor(ends[0]);
    writer = descriptor(ends[1]);
    return {};
}

/// Makes a pipe that has room when its shell has read all that was in it. The shell opens it a
/// second time, and then closes what else it would hand on.
std::error_code prepare_for_lines(const descriptor& writer) {
    constexpr std::string_view first = "exec 5<&-; ";
    if (::fcntl(writer.get(), F_SETPIPE_SZ, 1) < 0 || // a page
        ::write(writer.get(), first.data(), first.size()) < 0)
        return last_error();
    return {};
}

/// Our end of a new terminal, and the name of the other.
std::error_code make_terminal(const window& size, descriptor& ours, std::string& name) {
    ours = descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    std::array<char, 64> path{};
    if (ours.get() < 0 || ::grantpt(ours.get()) != 0 || ::unlockpt(ours.get()) != 0 ||
        ::ptsname_r(ours.get(), path.data(), path.size()) != 0)
        return last_error();
    name = path.data();
    resize(ours.get(), size);
    return {};
}

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

/// All that the child needs, made before the fork: after it, nothing may allocate.
struct plan {
    std::array<int, 3> streams{-1, -1, -1};
    int lines = -1; // to be read by a shell
    const char* terminal = nullptr;
    const char* directory;
    const std::map<int, rlim_t>& limits;
    const char* program;
    char* const* arguments;
    char* const* environment;
    int start;   // says when to go on
    int failure; // where the child writes what went wrong
    pid_t parent;
};

bool take_streams(const plan& plan) {
    if (plan.terminal != nullptr) {
        // The first terminal that the leader of a session opens becomes its own.
        const int terminal = ::open(plan.terminal, O_RDWR);
        if (terminal < 0) return false;
        for (int stream = 0; stream < 3; ++stream)
            if (::dup2(terminal, stream) < 0) return false;
    } else {
        for (int stream = 0; stream < 3; ++stream)
            if (stream == 0 && plan.lines >= 0) {
                const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
                if (::dup2(nothing, stream) < 0) return false;
            } else if (::dup2(plan.streams[static_cast<std::size_t>(stream)], stream) < 0)
                return false;
    }
    return true;
}

constexpr int failure_end = 3;
constexpr int start_end = 4;
constexpr int lines_end = 5; // as in lines_path

/// Keeps nothing of ours that others wait for the end of, before it waits itself.
bool let_others_go(const plan& plan) {
    // Those ends may lie where these are to be.
    const int failure = ::fcntl(plan.failure, F_DUPFD_CLOEXEC, lines_end + 1);
    const int start = ::fcntl(plan.start, F_DUPFD_CLOEXEC, lines_end + 1);
    const int lines = ::fcntl(plan.lines, F_DUPFD_CLOEXEC, lines_end + 1);
    const unsigned kept = plan.lines < 0 ? start_end : lines_end;
    return ::dup3(failure, failure_end, O_CLOEXEC) >= 0 &&
           ::dup3(start, start_end, O_CLOEXEC) >= 0 &&
           (plan.lines < 0 || ::dup2(lines, lines_end) >= 0) &&
           ::close_range(kept + 1, ~0U, 0) == 0;
}

/// Returns whether it may go on.
bool wait_at_gate() {
    char go = 0;
    ssize_t size = 0;
    do size = ::read(start_end, &go, 1);
    while (size < 0 && errno == EINTR);
    return size == 1;
}

/// Returns if it could not: why, below 0 where it cannot go to its folder.
int become(const plan& plan) {
    if (::chdir(plan.directory) != 0) return -errno;
    for (const auto& [resource, most] : plan.limits) {
        const rlimit limit{most, most};
        if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return errno;
    }
    ::execve(plan.program, plan.arguments, plan.environment);
    return errno;
}

[[noreturn]] void run(const plan& plan) {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(1); // it is gone already
    const bool leads = plan.terminal != nullptr ? ::setsid() >= 0 : ::setpgid(0, 0) == 0;
    const bool ready = leads && take_streams(plan);
    int error = errno;
    if (!let_others_go(plan)) {
        error = errno;
        static_cast<void>(::write(plan.failure, &error, sizeof error));
        ::_exit(1);
    }
    if (!wait_at_gate()) ::_exit(1);
    if (ready) error = become(plan);
    static_cast<void>(::write(failure_end, &error, sizeof error));
    ::_exit(1);
}

} // namespace

std::error_code spawn(const asio::any_io_executor& executor, const child_options& options,
                      std::optional<child>& result) {
    descriptor in;
    descriptor out;
    descriptor err;
    descriptor to_child;
    descriptor from_child;
    descriptor errors;
    std::string terminal;
    if (options.terminal) {
        if (const auto error = make_terminal(*options.terminal, from_child, terminal)) return error;
        to_child = descriptor(::fcntl(from_child.get(), F_DUPFD_CLOEXEC, 3));
        if (to_child.get() < 0) return last_error();
    } else {
        if (const auto error = make_pipe(in, to_child)) return error;
        if (options.reads_lines)
            if (const auto error = prepare_for_lines(to_child)) return error;
        if (const auto error = make_pipe(from_child, out)) return error;
        if (const auto error = make_pipe(errors, err)) return error;
    }
    descriptor start;
    descriptor go;
    descriptor failed;
    descriptor failure;
    if (const auto error = make_pipe(start, go)) return error;
    if (const auto error = make_pipe(failed, failure)) return error;

    std::vector<std::string> words = options.words;
    std::vector<std::string> environment = environment_with(options.environment);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> variables = pointers_to(environment);
    const plan plan{{in.get(), out.get(), err.get()},
                    options.reads_lines ? in.get() : -1,
                    options.terminal ? terminal.c_str() : nullptr,
                    options.directory.c_str(),
                    options.limits,
                    options.program.c_str(),
                    arguments.data(),
                    variables.data(),
                    start.get(),
                    failure.get(),
                    ::getpid()};
    // Our own handlers must not run in the child.
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    ::sigprocmask(SIG_SETMASK, &every, &before);
    const pid_t number = ::fork();
    if (number == 0) run(plan);
    const std::error_code forked = number < 0 ? last_error() : std::error_code();
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (forked) return forked;

    result.emplace(child{process(executor, number), std::move(to_child), std::move(from_child),
                         std::move(errors), std::move(go), std::move(failed)});
    return {};
}

void let_go(descriptor gate) {
    static_cast<void>(::write(gate.get(), "", 1)); // an empty pipe takes it at once
}

void resize(int terminal, const window& size) {
    const winsize wanted{size.rows, size.columns, 0, 0};
    ::ioctl(terminal, TIOCSWINSZ, &wanted);
}
