// SPDX-License-Identifier: MIT
#include "chat/message_log.hpp"

#include <framing/reassembler.hpp>

#include "../helpers/house.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

namespace fs = std::filesystem;
using chat::message_log;
using helpers::lines;

/// A file that is not there yet, in a folder of its own, and what is logged meanwhile.
class scratch {
public:
    scratch() {
        std::string made = (fs::temp_directory_path() / "framing-chat-XXXXXX").string();
        REQUIRE(::mkdtemp(made.data()) != nullptr);
        folder_ = made;
        path = (folder_ / "log").string();
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(
            "chat", std::make_shared<spdlog::sinks::ostream_sink_st>(log_)));
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("nobody"));
        fs::remove_all(folder_);
    }

    [[nodiscard]] std::string bytes() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& bytes) const {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    }
    [[nodiscard]] std::string logged() const { return log_.str(); }

    std::string path;

private:
    fs::path folder_;
    std::ostringstream log_;
};

/// A server's rooms over a log, as it has them after a start.
struct server {
    explicit server(const scratch& at, bool sync = false) : log(at.path, sync), it(recording(log)) {
        log.restore(it.rooms);
    }

    /// All that was said in a room so far, as somebody who joins now hears it.
    lines past(const char* room = "lobby") {
        chat::event what = helpers::join_of(99, "reader", room);
        what.since = 0;
        it.apply(what);
        lines result = it.heard(99);
        it.leave(99);
        result.erase(result.begin()); // the welcome
        return result;
    }

    static chat::hall::options recording(message_log& log) {
        chat::hall::options result;
        result.record = [&log](std::string_view frame) { return log.append(frame); };
        return result;
    }

    message_log log;
    helpers::house it;
};

/// What a few messages leave behind, and where the last one begins.
struct example {
    std::string bytes;
    std::size_t last = 0;
};
example make_example() {
    const scratch at;
    server one(at);
    one.it.join(1, "alice");
    one.it.join(2, "bob", "elsewhere");
    one.it.say(1, "first");
    one.it.say(2, std::string("any\0thing\n", 10));
    const std::size_t last = at.bytes().size();
    one.it.say(1, std::string(300, 'z'));
    return {at.bytes(), last};
}

} // namespace

namespace {

/// As on a full disk: files of this process get no larger.
class full_disk {
public:
    explicit full_disk(std::size_t size) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit now{size, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
    }
    full_disk(const full_disk&) = delete;
    full_disk& operator=(const full_disk&) = delete;
    ~full_disk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_{};
    void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

} // namespace

TEST_CASE("what was said is there after a restart, and the numbers go on") {
    const scratch at;
    {
        server one(at);
        one.it.join(1, "alice");
        one.it.join(2, "bob", "elsewhere");
        one.it.say(1, "a");
        one.it.say(2, "x");
        one.it.say(1, "b");
    }
    for (int restart = 0; restart != 2; ++restart) {
        server two(at);
        CHECK(two.it.rooms.members() == 0);
        CHECK(two.past() == lines{"said alice lobby 1: a", "said alice lobby 2: b"});
        CHECK(two.past("elsewhere") == lines{"said bob elsewhere 1: x"});
    }
    {
        server three(at);
        three.it.join(1, "carol");
        three.it.say(1, "c");
        CHECK(three.it.heard(1).back() == "said carol lobby 3: c");
    }
    server four(at);
    CHECK(four.past().size() == 3);
    CHECK(at.logged().find("3 messages") != std::string::npos);
    CHECK(at.logged().find("warning") == std::string::npos);
}

TEST_CASE("the file is frames as members get them, for its owner alone") {
    const scratch at;
    server one(at, true);
    one.it.join(1, "alice");
    one.it.forget();
    one.it.say(1, "a");
    one.it.say(1, "b");
    CHECK(at.bytes() == one.it.ears[1].wire());
    CHECK((fs::status(at.path).permissions() & fs::perms(0777)) == fs::perms(0600));
}

TEST_CASE("frames that others wrote are as good") {
    const scratch at;
    const auto frame = [](std::string_view header, std::string_view body) {
        return std::string{0, 0, 0, static_cast<char>(header.size())}.append(header).append(body);
    };
    const std::string theirs =
        frame(R"({ "body_size" : 2, "seq" :7, "room":"lobby", "type":"\u0073aid", "from":"x" })",
              "hi") +
        frame(R"({"type":"said","room":"lobby","seq":8,"from":"x"})", "");
    at.write(theirs + std::string(3, 0));
    server one(at);
    CHECK(at.bytes() == theirs);
    CHECK(one.past() == lines{"gap 1 lobby 6", "said x lobby 7: hi", "said x lobby 8"});
}

TEST_CASE("a last message that is torn anywhere is cut off, with a warning") {
    const example whole = make_example();
    for (std::size_t size = whole.last + 1; size != whole.bytes.size(); ++size) {
        CAPTURE(size);
        const scratch at;
        at.write(whole.bytes.substr(0, size));
        {
            server one(at);
            CHECK(at.bytes() == whole.bytes.substr(0, whole.last));
            CHECK(one.past() == lines{"said alice lobby 1: first"});
            one.it.join(1, "carol");
            one.it.say(1, "goes on");
            CHECK(one.it.heard(1).back() == "said carol lobby 2: goes on");
        }
        CHECK(at.logged().find("warning") != std::string::npos);
        server two(at);
        CHECK(two.past() == lines{"said alice lobby 1: first", "said carol lobby 2: goes on"});
    }
}

TEST_CASE("a last message that is torn is cut off whatever its text looks like") {
    const std::string like_frames = make_example().bytes;
    for (const std::string& text : {std::string(R"({"body_size":1}{"body_size":1})"),
                                    like_frames + "x", "x" + like_frames + like_frames + "x"}) {
        const scratch at;
        {
            server one(at);
            one.it.join(1, "alice");
            one.it.say(1, "first");
        }
        const std::string before = at.bytes();
        {
            server one(at);
            one.it.join(1, "alice");
            one.it.say(1, text + "torn");
        }
        for (const std::size_t missing : {1u, 2u, 3u, 4u}) {
            CAPTURE(missing);
            const scratch torn;
            torn.write(at.bytes().substr(0, at.bytes().size() - missing));
            server one(torn);
            CHECK(torn.bytes() == before);
            CHECK(one.past() == lines{"said alice lobby 1: first"});
        }
    }
}

TEST_CASE("zeros at the end, as lost power leaves them, are cut off") {
    const example whole = make_example();
    for (const std::size_t count : {1u, 3u, 4u, 5u, 100u, 4096u, 70'000u, 200'000u}) {
        const scratch at;
        at.write(whole.bytes + std::string(count, '\0'));
        server one(at);
        CHECK(at.bytes() == whole.bytes);
        CHECK(one.past().size() == 2);
        CHECK(at.logged().find("warning") != std::string::npos);
    }
    const scratch at;
    at.write(std::string(5000, '\0'));
    server one(at);
    CHECK(at.bytes().empty());
}

TEST_CASE("a file that is damaged before its end is refused, and left as it is") {
    const example whole = make_example();
    const auto refused = [](const std::string& bytes) {
        const scratch at;
        at.write(bytes);
        CHECK_THROWS_AS(server{at}, std::runtime_error);
        CHECK(at.bytes() == bytes);
    };
    for (const std::size_t place : {std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{5},
                                    whole.last, whole.last + 4}) {
        std::string bytes = whole.bytes;
        bytes[place] = '\xff';
        refused(bytes);
    }
    refused(whole.bytes + std::string(10, '\0') + "x");
    refused(whole.bytes + std::string(100'000, '\0') + "x");
    refused(whole.bytes + whole.bytes); // numbers begin again
    refused(whole.bytes.substr(whole.last) + whole.bytes);
    refused("GET / HTTP/1.1\r\n\r\n");
    refused(std::string("\0\0\0\2{}", 6));
    refused(whole.bytes + std::string("\0\0\0\2{}", 6));
}

TEST_CASE("a damaged size is no torn end, where other messages follow") {
    const scratch at;
    {
        server one(at);
        one.it.join(1, "alice");
        one.it.say(1, std::string(300, 'z'));
        one.it.say(1, "last");
    }
    const std::string whole = at.bytes();
    const auto refused = [&](std::size_t place, char damaged) {
        std::string bytes = whole;
        bytes[place] = damaged;
        at.write(bytes);
        CHECK_THROWS_AS(server{at}, std::runtime_error);
        CHECK(at.bytes() == bytes);
    };
    refused(2, '\x70');                    // of the header: the rest of the file is in it
    refused(whole.find(":300,") + 1, '9'); // of the text: so is the next message
}

TEST_CASE("rooms that were given up do not keep a server from its log") {
    const scratch at;
    chat::hall::options options;
    options.max_rooms = 2;
    std::map<std::string, std::vector<std::uint64_t>> seqs;
    for (int restart = 0; restart != 4; ++restart) {
        message_log log(at.path, false);
        options.record = server::recording(log).record;
        helpers::house it(options);
        REQUIRE_NOTHROW(log.restore(it.rooms));
        for (const char* room : {"b", "a", "c", "b", "c", "a"}) {
            it.join(1, "alice", room);
            it.say(1, "x");
        }
    }
    framing::reassembler<> frames;
    for (const auto& frame : frames.feed(at.bytes()))
        seqs[frame.header["room"]].push_back(frame.header["seq"]);
    for (const auto& [room, all] : seqs)
        CHECK(std::ranges::adjacent_find(all, std::ranges::greater_equal()) == all.end());
}

TEST_CASE("rooms are used before a restart as after it") {
    const scratch at;
    chat::hall::options options;
    options.max_rooms = 2;
    for (const bool again : {false, true}) {
        message_log log(at.path, false);
        options.record = server::recording(log).record;
        helpers::house it(options);
        log.restore(it.rooms);
        for (const char* room : {"b", "a"}) {
            if (again) break;
            it.join(1, "alice", room);
            it.say(1, "x");
        }
        if (!again) continue;
        it.join(1, "alice", "c"); // b was not used for longest
        it.forget();
        it.join(1, "alice", "a");
        CHECK(it.heard(1) == lines{"welcome alice a 1 +alice"});
    }
}

TEST_CASE("a file that is damaged says how to go on without the damaged part") {
    const example whole = make_example();
    const scratch at;
    std::string bytes = whole.bytes;
    bytes[whole.last + 4] = '[';
    at.write(bytes);
    std::string why;
    try {
        server one(at);
    } catch (const std::runtime_error& error) {
        why = error.what();
    }
    CHECK(why.ends_with("truncate -s " + std::to_string(whole.last) + ' ' + at.path));
    fs::resize_file(at.path, whole.last);
    server one(at);
    CHECK(one.past().size() == 1);
}

TEST_CASE("zeros before other messages, as copytruncate leaves them, are named with a way on") {
    const example whole = make_example();
    for (const std::size_t before : {std::size_t{0}, whole.last}) {
        const scratch at;
        const std::string kept = whole.bytes.substr(0, before);
        const std::string follows = whole.bytes.substr(before);
        at.write(kept + std::string(10'000, '\0') + follows);
        std::string why;
        try {
            server one(at);
        } catch (const std::runtime_error& error) {
            why = error.what();
        }
        CAPTURE(why);
        CHECK(why.starts_with(at.path + " is damaged: bytes " + std::to_string(before) + " to " +
                              std::to_string(before + 10'000) + " are zeros"));
        const std::size_t way = why.find("(head -c");
        REQUIRE(way != std::string::npos);
        REQUIRE(std::system(why.substr(way).c_str()) == 0);
        fs::rename(at.path + ".new", at.path);
        CHECK(at.bytes() == whole.bytes);
    }
}

TEST_CASE("a log that somebody cuts under a server goes on, is said, and gets no zeros") {
    const scratch at;
    server one(at);
    one.it.join(1, "alice");
    one.it.say(1, "before");
    fs::resize_file(at.path, 0);
    {
        const full_disk full(10);
        one.it.say(1, "refused");
        CHECK(at.bytes().empty());
    }
    CHECK(at.logged().find("was cut from") != std::string::npos);
    one.it.say(1, "after");
    CHECK(at.bytes().find("after") != std::string::npos);
    CHECK(at.bytes().find(std::string(5, '\0')) == std::string::npos);
}

TEST_CASE("a log has one server at a time") {
    const scratch at;
    {
        message_log first(at.path, false);
        CHECK_THROWS_AS(message_log(at.path, false), std::runtime_error);
        CHECK(first.append("x"));
    }
    message_log second(at.path, false);
}

TEST_CASE("a log that cannot be opened is said") {
    CHECK_THROWS_AS(message_log("/no/such/folder/log", false), std::system_error);
    CHECK_THROWS_AS(message_log("/", false), std::invalid_argument);
}

TEST_CASE("on a full disk messages are refused and none is half written; then it goes on") {
    for (const bool sync : {false, true}) {
        const scratch at;
        {
            server one(at, sync);
            one.it.join(1, "alice");
            one.it.say(1, "a");
            one.it.forget();
            const std::string before = at.bytes();
            for (const std::size_t room : {std::size_t{0}, std::size_t{1}, std::size_t{150}}) {
                const full_disk full(before.size() + room);
                one.it.say(1, std::string(300, 'b'));
                one.it.say(1, std::string(300, 'c'));
                CHECK(one.it.heard(1) == lines{"error unavailable", "error unavailable"});
                CHECK(at.bytes() == before);
            }
            {
                const full_disk full(before.size() + 400); // what fits is still taken
                one.it.say(1, std::string(1000, 'd'));
                one.it.say(1, "e");
                CHECK(one.it.heard(1) == lines{"error unavailable", "said alice lobby 2: e"});
            }
            one.it.say(1, "f");
            CHECK(one.it.heard(1) == lines{"said alice lobby 3: f"});
        }
        const std::string log = at.logged();
        CHECK(log.find("cannot be kept") != std::string::npos);
        CHECK(log.find("kept again") != std::string::npos);
        server two(at);
        CHECK(two.past() ==
              lines{"said alice lobby 1: a", "said alice lobby 2: e", "said alice lobby 3: f"});
    }
}

TEST_CASE("a disk that cannot even be cut costs messages, and nobody's connection") {
    const int sealed = ::memfd_create("log", MFD_ALLOW_SEALING);
    REQUIRE(::ftruncate(sealed, 1) == 0);
    REQUIRE(::fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0);
    const scratch at;
    message_log log("/proc/self/fd/" + std::to_string(sealed), false);
    ::close(sealed);
    CHECK_FALSE(log.append("x"));
    CHECK_FALSE(log.append("x"));
}

TEST_CASE("trouble with the disk is said once, not for each message") {
    const scratch at;
    server one(at);
    one.it.join(1, "alice");
    const full_disk full(0);
    for (int i = 0; i != 100; ++i) one.it.say(1, "x");
    const std::string log = at.logged();
    const std::size_t first = log.find("cannot be kept");
    CHECK(first != std::string::npos);
    CHECK(log.find("cannot be kept", first + 1) == std::string::npos);
}
