// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "../helpers/raw_frame.hpp"
#include "../helpers/readers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// The vectors of tests/vectors, by every reader and however they are cut.
namespace {

using helpers::outcome;
using nlohmann::json;

std::vector<json> load_vectors() {
    std::vector<json> vectors;
    for (const auto& entry : std::filesystem::directory_iterator(FRAMING_VECTORS)) {
        if (entry.path().extension() != ".json") continue;
        const json file = json::parse(std::ifstream(entry.path()));
        vectors.insert(vectors.end(), file.at("vectors").begin(), file.at("vectors").end());
    }
    return vectors;
}

/// The bytes that a piece of a vector stands for; tests/vectors/README.md describes the pieces.
std::string bytes_of(const json& piece) {
    if (piece.is_string()) return piece.get<std::string>();
    std::string bytes;
    if (piece.is_array()) {
        for (const json& part : piece) bytes += bytes_of(part);
    } else if (piece.contains("hex")) {
        const auto hex = piece.at("hex").get<std::string>();
        for (std::size_t i = 0; i < hex.size(); i += 3)
            bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    } else if (piece.contains("header")) {
        bytes = helpers::raw_frame(bytes_of(piece.at("header")));
    } else {
        const std::string part = bytes_of(piece.at("repeat"));
        for (auto times = piece.at("times").get<std::size_t>(); times != 0; --times) bytes += part;
    }
    return bytes;
}

/// A number, or one in a string, as those are that a double may not hold.
std::uint64_t number(const json& value) {
    return value.is_string() ? std::stoull(value.get<std::string>()) : value.get<std::uint64_t>();
}

framing::limits limits_of(const json& vector) {
    framing::limits limits;
    const json given = vector.value("limits", json::object());
    if (given.contains("max_header_size"))
        limits.max_header_size = static_cast<std::size_t>(number(given["max_header_size"]));
    if (given.contains("max_body_size")) limits.max_body_size = number(given["max_body_size"]);
    if (given.contains("max_depth"))
        limits.max_depth = static_cast<std::size_t>(number(given["max_depth"]));
    return limits;
}

/// A header's text as the header type has it.
template <class Header>
std::string as_read_by(const std::string& text) {
    return helpers::text_of(Header::parse(text));
}
template <>
std::string as_read_by<framing::header_view>(const std::string& text) {
    return text;
}

/// How the vectors, which are written in the standard format, are said in another.
template <class Format>
struct translation {
    static std::string header(const std::string& text) { return text; }
    static std::string stream(const std::string& wire, const framing::limits&) { return wire; }
};
/// Another name of the same length and another order, so that all sizes and places stay.
template <>
struct translation<framing::formats::lesson> {
    static std::string header(std::string text) {
        replace(text, "body", "data");
        replace(text, R"(\u0062ody)", R"(\u0064ata)");
        replace(text, R"(\u0062\u006f\u0064\u0079)", R"(\u0064\u0061\u0074\u0061)");
        return text;
    }
    static std::string stream(const std::string& wire, const framing::limits& limits) {
        std::string out;
        const auto add = [&](const std::string& head, const std::string& body) {
            const std::size_t prefix = std::min(head.size(), framing::prefix_size);
            out.append(head.rend() - static_cast<std::ptrdiff_t>(prefix), head.rend());
            out += header(head.substr(prefix)) + body;
        };
        std::size_t at = 0;
        for (const auto& frame :
             helpers::by_decoder<framing::header_view>(wire, {}, limits).frames) {
            const std::size_t head = framing::prefix_size + frame.header.size();
            add(wire.substr(at, head), frame.body);
            at += head + frame.body.size();
        }
        add(wire.substr(at), "");
        return out;
    }

private:
    static void replace(std::string& text, std::string_view from, std::string_view to) {
        for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
            text.replace(at, from.size(), to);
    }
};

template <class Header, class Format>
std::vector<outcome::one_frame> frames_of(const json& vector) {
    std::vector<outcome::one_frame> frames;
    for (const json& frame : vector.at("frames"))
        frames.push_back(
            {as_read_by<Header>(translation<Format>::header(bytes_of(frame.at("header")))),
             bytes_of(frame.value("body", json("")))});
    return frames;
}

template <class Format>
void check_error(const framing::fault& fault, const json& expected) {
    CAPTURE(fault.message());
    if (expected.is_null()) {
        CHECK_FALSE(fault);
        return;
    }
    for (const auto& item : expected.items()) {
        const std::string& field = item.key();
        const json& value = item.value();
        CAPTURE(field);
        if (field == "code")
            CHECK(framing::name(fault.code) == value.get<std::string>());
        else if (field == "part")
            CHECK(std::string_view(framing::detail::name(fault.part))
                      .ends_with(value.get<std::string>()));
        else if (field == "stranger") // who starts with other four bytes is no stranger here
            CHECK_UNARY(!std::is_same_v<Format, framing::formats::standard> ||
                        fault.message().find(value.get<std::string>()) != std::string::npos);
        else if (field == "offset")
            CHECK(fault.offset == number(value));
        else if (field == "frame")
            CHECK(fault.frame == number(value));
        else if (field == "declared")
            CHECK(fault.declared == number(value));
        else if (field == "limit")
            CHECK(fault.limit == number(value));
        else if (field == "position")
            CHECK(fault.position == number(value));
        else
            FAIL_CHECK("no such field");
    }
}

/// Whole, byte by byte, at each place, and at random ones; a long stream not everywhere.
std::vector<std::vector<std::size_t>> ways_to_cut(std::size_t size) {
    constexpr std::size_t short_enough_for_each_place = 100;
    constexpr std::size_t short_enough_for_bytes = 5'000;
    std::vector<std::vector<std::size_t>> ways{{}};
    if (size <= short_enough_for_bytes) ways.push_back(helpers::bytewise(size));
    if (size <= short_enough_for_each_place)
        for (std::size_t cut = 0; cut <= size; ++cut) ways.push_back({cut});
    std::mt19937 random(static_cast<std::mt19937::result_type>(size));
    for (int i = 0; i < 4; ++i) ways.push_back(helpers::random_cuts(random, size, 8));
    return ways;
}

using reader = outcome (*)(std::string_view, const std::vector<std::size_t>&,
                           const framing::limits&);

/// A reassembler holds bodies whole, and so takes none that no memory holds.
template <class Header, class Format>
std::vector<reader> readers_within(const framing::limits& limits) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
    if (limits.max_body_size > most) return {helpers::by_decoder<Header, Format>};
    return {helpers::by_decoder<Header, Format>, helpers::by_feed<Header, Format>,
            helpers::by_prepare<Header, Format>, helpers::by_head<Header, Format>};
}

template <class Header, class Format>
void check_stream(const json& vector) {
    const framing::limits limits = limits_of(vector);
    const std::string wire = translation<Format>::stream(bytes_of(vector.at("stream")), limits);
    const outcome expected = helpers::by_decoder<Header, Format>(wire, {}, limits);
    CHECK((expected.frames == frames_of<Header, Format>(vector)));
    check_error<Format>(expected.error, vector.at("error"));
    for (const auto& cuts : ways_to_cut(wire.size()))
        for (const reader read : readers_within<Header, Format>(limits))
            CHECK(read(wire, cuts, limits) == expected);
}

template <class Header, class Format>
void check_datagram(const json& vector) {
    framing::fault fault;
    const framing::limits limits = limits_of(vector);
    const std::string wire = translation<Format>::stream(bytes_of(vector.at("datagram")), limits);
    const auto frame = framing::decode_datagram<Header, Format>(wire, fault, limits);
    outcome result;
    if (frame) helpers::collect(result, *frame);
    CHECK((result.frames == frames_of<Header, Format>(vector)));
    check_error<Format>(fault, vector.at("error"));
}

/// nlohmann's type cannot hold a number like 1e400.
template <class Header>
bool can_hold_headers(const json& vector) {
    if (std::is_same_v<Header, framing::header_view>) return true;
    const json& frames = vector.at("frames");
    return std::all_of(frames.begin(), frames.end(), [](const json& frame) {
        return json::accept(bytes_of(frame.at("header")));
    });
}

template <class Header, class Format>
void check_all() {
    const std::vector<json> vectors = load_vectors();
    REQUIRE_FALSE(vectors.empty());
    for (const json& vector : vectors) {
        const auto name = vector.at("name").get<std::string>();
        const auto why = vector.at("why").get<std::string>();
        CAPTURE(name);
        CAPTURE(why);
        if (!can_hold_headers<Header>(vector)) continue;
        if (vector.contains("datagram"))
            check_datagram<Header, Format>(vector);
        else
            check_stream<Header, Format>(vector);
    }
}

} // namespace

TEST_CASE_TEMPLATE("every vector comes to what it says, however it is cut", Header,
                   framing::header_view, json) {
    check_all<Header, framing::formats::standard>();
}

TEST_CASE("every vector comes to the same when it is said in the lesson's format") {
    check_all<framing::header_view, framing::formats::lesson>();
}
