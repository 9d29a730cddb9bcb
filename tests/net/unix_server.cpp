// SPDX-License-Identifier: MIT
// A server where sockets are files, too, and processes have limits and signals.
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/server.hpp>
#include <framing/net/server_options.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/scratch_folder.hpp"
#include "../helpers/test_server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

using framing::net::address;
using framing::net::stream_endpoint;
using framing::net::stream_socket;
using helpers::ask;
using helpers::client;
using helpers::echo;
using helpers::loop;
using helpers::options_type;
using helpers::pause;
using helpers::place;
using std::chrono::milliseconds;

/// Takes all descriptors that are left.
class scarcity {
public:
    scarcity() {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        rlimit low = before_;
        low.rlim_cur = std::min<rlim_t>(128, before_.rlim_cur);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
        for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1;)
            taken_.push_back(fd);
    }
    scarcity(const scarcity&) = delete;
    scarcity& operator=(const scarcity&) = delete;
    ~scarcity() {
        while (give_one_back()) {
        }
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }
    bool give_one_back() {
        if (taken_.empty()) return false;
        ::close(taken_.back());
        taken_.pop_back();
        return true;
    }

private:
    rlimit before_{};
    std::vector<int> taken_;
};

} // namespace

TEST_CASE("servers that share a port, each on a thread of its own, are one to their clients") {
    constexpr std::size_t threads = 2;
    options_type options;
    options.shares_port = true;
    options.per_address = 0;
    std::array<std::optional<place>, threads> places;
    std::string door = "127.0.0.1:0";
    for (auto& each : places) door = each.emplace(echo, options).listen(door);
    place alone(echo);
    CHECK_THROWS_AS(alone.listen(door), std::system_error); // who does not say so does not share

    std::vector<std::thread> running;
    for (auto& each : places) running.emplace_back([&each] { each->io.finish(); });
    {
        loop io;
        io.run([&]() -> asio::awaitable<void> {
            std::vector<client> peers;
            for (int i = 0; i < 100; ++i) {
                peers.push_back(co_await dial(io, door));
                const std::string answer = co_await ask(peers.back(), "hello");
                CHECK(answer == "hello:");
            }
        });
    }
    for (auto& each : places) asio::post(each->io.executor(), [&each] { each->host.stop(); });
    for (std::thread& each : running) each.join();
    std::ptrdiff_t served = 0;
    for (auto& each : places) {
        CHECK(each->lines_with(" connected") > 0); // 2^-100 that one has them all
        served += each->lines_with(" connected");
    }
    CHECK(served == 100);
}

TEST_CASE("a Unix-domain socket is its owner's alone, and is gone after a stop") {
    const scratch_folder at;
    const std::string path = at.path("socket");
    place p;
    p.listen("unix:" + path);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK(S_ISSOCK(status.st_mode));
    CHECK((status.st_mode & 0777) == 0600);
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, "unix:" + path);
        const std::string answer = co_await ask(peer, "hello");
        CHECK(answer == "hello:");
    });
    p.host.stop();
    CHECK_FALSE(std::filesystem::exists(path));
    p.io.finish();
}

TEST_CASE("who comes by a Unix-domain socket is one of all, and of no address") {
    for (const bool by_address : {false, true}) {
        const scratch_folder at;
        options_type options;
        (by_address ? options.per_address : options.connections) = 1;
        place p(helpers::obey, options);
        const std::string door = p.listen("127.0.0.1:0");
        const std::string other = p.listen("unix:" + at.path("socket"));
        CHECK(other == "unix:" + at.path("socket"));
        p.io.run([&]() -> asio::awaitable<void> {
            client first = co_await dial(p.io, door);
            const std::string answer = co_await ask(first, "hello");
            CHECK(answer == "hello:");
            client local = co_await dial(p.io, other);
            const std::string elsewhere = co_await ask(local, "hello");
            CHECK(elsewhere == (by_address ? "hello:" : ""));
        });
    }
}

TEST_CASE("a socket file that another server has put in the place of ours is left alone") {
    const std::string path = "taken-over.socket";
    place ours;
    place theirs;
    ours.listen("unix:" + path);
    std::filesystem::rename(path, path + ".old");
    theirs.listen("unix:" + path);
    ours.host.stop();
    ours.io.finish();
    CHECK(std::filesystem::is_socket(path));
    theirs.host.stop();
    theirs.io.finish();
    CHECK_FALSE(std::filesystem::exists(path));
    std::filesystem::remove(path + ".old");
}

TEST_CASE("a socket that nobody listens on is replaced, and nothing else is") {
    const scratch_folder at;
    const std::string path = at.path("socket");
    {
        asio::io_context io;
        asio::local::stream_protocol::acceptor stale(io, path);
    }
    REQUIRE(std::filesystem::is_socket(path));
    place p;
    p.listen("unix:" + path);
    place second;
    CHECK_THROWS_AS(second.listen("unix:" + path), std::system_error);
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, "unix:" + path);
        const std::string answer = co_await ask(peer, "hello");
        CHECK(answer == "hello:");
    });

    const std::string file = at.path("file");
    std::ofstream(file) << "precious";
    CHECK_THROWS_AS(p.listen("unix:" + file), std::system_error);
    CHECK(std::filesystem::file_size(file) == 8);
}

TEST_CASE("a signal ends a process whose handler waits on after an abort") {
    const auto serve = [] {
        options_type options;
        options.stop_time = milliseconds(1);
        int aborts = 0;
        options.on_abort = [&] {
            ++aborts;
            ::raise(SIGTERM);
        };
        place p([](client&) -> asio::awaitable<void> { co_await pause(std::chrono::hours(1)); },
                options);
        const std::string door = p.listen("127.0.0.1:0");
        p.host.stop_on_signals();
        std::optional<client> peer;
        p.io.run([&]() -> asio::awaitable<void> {
            peer = co_await dial(p.io, door);
            while (p.host.connections() == 0) co_await pause(milliseconds(1));
        });
        ::raise(SIGTERM);
        p.io.until([&] { return aborts == 2; }); // which it never is
    };
    const pid_t child = ::fork();
    REQUIRE(child != -1);
    if (child == 0) {
        try {
            serve();
        } catch (...) {
        }
        ::_exit(7);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("a peer's name is one word of the log, also where its path has spaces") {
    const scratch_folder at;
    place p;
    p.listen("unix:" + at.path("server"));
    asio::local::stream_protocol::socket socket(p.io.executor());
    socket.open();
    socket.bind(at.path("a b dropped"));
    socket.connect(at.path("server"));
    p.io.until([&] { return !p.lines.empty(); });
    CHECK(p.lines.front() == "unix:" + at.path("a?b?dropped") + " connected");
}

TEST_CASE("a server that runs out of descriptors turns peers away, and goes on afterwards") {
    place p;
    const std::string door = p.listen("127.0.0.1:0");
    std::optional<client> old;
    p.io.run([&]() -> asio::awaitable<void> {
        old = co_await dial(p.io, door);
        const std::string answer = co_await ask(*old, "hello");
        CHECK(answer == "hello:");
    });
    const stream_endpoint endpoint = resolve_local(address::parse(door)).front();
    std::optional<scarcity> scarce(std::in_place);
    REQUIRE(scarce->give_one_back()); // for the client
    // No checks meanwhile: to look at an object UBSan needs descriptors, too.
    bool served = true;
    std::string still;
    p.io.run([&]() -> asio::awaitable<void> {
        stream_socket socket(p.io.executor());
        socket.connect(endpoint);
        client peer(std::move(socket));
        const std::string refused = co_await ask(peer, "hello");
        served = !refused.empty();
        still = co_await ask(*old, "hello");
        co_await pause(milliseconds(400)); // with nothing to accept, and nothing to say
    });
    const std::ptrdiff_t failures = p.lines_with("cannot accept a connection");
    scarce.reset();
    CHECK_FALSE(served);
    CHECK(still == "hello:");
    CHECK(failures >= 1);
    CHECK(failures < 8);
    p.io.run([&]() -> asio::awaitable<void> {
        client peer = co_await dial(p.io, door);
        const std::string answer = co_await ask(peer, "hello");
        CHECK(answer == "hello:");
    });
}
