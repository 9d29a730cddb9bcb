// SPDX-License-Identifier: MIT
#include <framing/byte_view.hpp>

#include "../helpers/meant.hpp"
#include "file/lesson.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

// What a client of the lesson's transfer and our server come to hear of each other.
namespace {

using helpers::framed;
using helpers::lesson;
using helpers::meant;
using nlohmann::json;

/// All that is said, in one piece, and cut in two anywhere: it has to be the same.
std::string said_anyhow(const std::string& asked, const std::string& answers, bool over) {
    std::string whole;
    for (std::size_t cut = 0; cut <= answers.size(); ++cut) {
        CAPTURE(cut);
        lesson_files dialect(false);
        static_cast<void>(meant(dialect, {asked}));
        std::string bytes;
        dialect.say(framing::byte_view(answers).bytes().first(cut), bytes);
        dialect.say(framing::byte_view(answers).bytes().subspan(cut), bytes);
        CHECK(dialect.is_over() == over);
        if (cut == 0) whole = bytes;
        CHECK(bytes == whole);
    }
    return whole;
}

std::string a_get() {
    return lesson({{"cmd", "get"}, {"file_name", "a"}});
}
std::string a_put() {
    return lesson({{"cmd", "put"}, {"file_name", "a"}, {"file_size", 2}}, "hi");
}

} // namespace

TEST_CASE("a put and a get are understood, wherever they are cut") {
    const std::string wanted =
        framed({{"type", "put"}, {"name", "a"}, {"offset", 0}, {"size", 2}, {"sum", "none"}},
               "hi") +
        framed({{"type", "put_end"}}) + framed({{"type", "get"}, {"name", "a"}, {"sum", "none"}});
    const std::string wire = a_put() + a_get();
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        CAPTURE(cut);
        lesson_files dialect(false);
        CHECK(meant(dialect, {wire.substr(0, cut), wire.substr(cut)}) == wanted);
    }
}

TEST_CASE("what is neither is refused") {
    for (const json& header : {json{{"cmd", "rm"}}, json{{"cmd", "put"}, {"file_name", "a"}}}) {
        lesson_files dialect(false);
        std::string frames;
        std::string wire = lesson(header);
        if (header.contains("file_name")) // an encoder would add a size
            wire = std::string("\x1d\0\0\0", 4) + R"({"cmd":"put","file_name":"a"})";
        CHECK(dialect.hear(framing::byte_view(wire).bytes(), frames));
        CHECK(frames.empty());
    }
}

TEST_CASE("a file is given with its name and size") {
    CHECK(said_anyhow(a_get(),
                      framed({{"type", "file"}, {"name", "a"}}, "hello") +
                          framed({{"type", "file_end"}}),
                      false) == lesson({{"file_name", "a"}, {"file_size", 5}}, "hello"));
}

TEST_CASE("a file that cannot be got is told, and the next is another's") {
    CHECK(said_anyhow(
              a_get() + a_get(),
              framed({{"type", "error"}, {"code", "not_found"}}) +
                  framed({{"type", "file"}, {"name", "b"}}) + framed({{"type", "file_end"}}),
              false) == lesson({{"error", "not_found"}, {"file_name", ""}, {"file_size", 0}}) +
                            lesson({{"file_name", "b"}, {"file_size", 0}}));
}

TEST_CASE("a file that was stored is not told, and one that was not ends it") {
    CHECK(said_anyhow(a_put(), framed({{"type", "stored"}, {"name", "a"}}), false).empty());
    CHECK(said_anyhow(a_put(), framed({{"type", "error"}, {"code", "no_space"}}), true).empty());
}

TEST_CASE("a file that breaks while it is given, and who is not let in, end it") {
    const std::string broken = framed({{"type", "file"}, {"name", "a"}}, "hi") +
                               framed({{"type", "error"}, {"code", "io_error"}});
    CHECK(said_anyhow(a_get(), broken, true) ==
          lesson({{"file_name", "a"}, {"file_size", 2}}, "hi"));
    CHECK(said_anyhow("", framed({{"type", "error"}, {"code", "unauthorized"}}), true).empty());
}
