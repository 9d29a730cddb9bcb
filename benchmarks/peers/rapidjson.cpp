// SPDX-License-Identifier: MIT
// RapidJSON's SAX side: the Reader into the same values, the Writer into a buffer of its own.
#include "support/chat.hpp"
#include "support/encoded_chats.hpp"
#include "support/long_headers.hpp"

#include <benchmark/benchmark.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

// Reads the four members of a chat wherever they stand; others are skipped.
struct chat_handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, chat_handler> {
    bool Key(const char* text, rapidjson::SizeType size, bool /*copy*/) {
        if (depth == 1) key = {text, size};
        return true;
    }
    bool String(const char* text, rapidjson::SizeType size, bool /*copy*/) {
        if (depth == 1 && key == "type") header.type.assign(text, size);
        if (depth == 1 && key == "from") header.from.assign(text, size);
        return true;
    }
    bool Uint(unsigned value) { return Uint64(value); }
    bool Uint64(std::uint64_t value) {
        if (depth == 1 && key == "seq") header.seq = value;
        if (depth == 1 && key == "body_size") header.body_size = value;
        return true;
    }
    bool StartObject() { return open(); }
    bool EndObject(rapidjson::SizeType /*members*/) { return close(); }
    bool StartArray() { return open(); }
    bool EndArray(rapidjson::SizeType /*elements*/) { return close(); }
    bool open() { return ++depth != 0; }
    bool close() { return depth-- != 0; }

    bench::chat header;
    std::string key;
    int depth = 0;
};

void chats(benchmark::State& state) {
    rapidjson::Reader reader;
    chat_handler handler;
    bench::measure_chat_parser(state, [&](std::string_view text, std::uint64_t& body_size) {
        rapidjson::MemoryStream input(text.data(), text.size());
        handler.depth = 0;
        if (!reader.Parse<rapidjson::kParseValidateEncodingFlag>(input, handler))
            return std::uint64_t{0};
        body_size = handler.header.body_size;
        return bench::touch(handler.header);
    });
}
BENCHMARK(chats)->Name("chat/rapidjson")->Apply(bench::chat_arguments);

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::size_t write(writer& json, const rapidjson::StringBuffer& out, const bench::chat& chat) {
    json.StartObject();
    json.Key("type", 4);
    json.String(chat.type.data(), static_cast<rapidjson::SizeType>(chat.type.size()));
    json.Key("from", 4);
    json.String(chat.from.data(), static_cast<rapidjson::SizeType>(chat.from.size()));
    json.Key("seq", 3);
    json.Uint64(chat.seq);
    json.Key("body_size", 9);
    json.Uint64(chat.body_size);
    json.EndObject();
    benchmark::DoNotOptimize(out.GetString());
    return out.GetSize();
}

// A Writer for each header, as the manual's examples have it.
void write_chats(benchmark::State& state) {
    rapidjson::StringBuffer out;
    bench::measure_encoded_chats(state, [&](const bench::chat& chat) {
        out.Clear();
        writer json(out);
        return write(json, out, chat);
    });
}
BENCHMARK(write_chats)->Name("encode_chat/rapidjson")->Apply(bench::encoded_chats);

// One Writer, reset: it keeps its stack.
void write_chats_reusing(benchmark::State& state) {
    rapidjson::StringBuffer out;
    writer json(out);
    bench::measure_encoded_chats(state, [&](const bench::chat& chat) {
        out.Clear();
        json.Reset(out);
        return write(json, out, chat);
    });
}
BENCHMARK(write_chats_reusing)->Name("encode_chat/rapidjson-reused")->Apply(bench::encoded_chats);

void check(benchmark::State& state, const std::string& text) {
    rapidjson::Reader reader;
    bench::measure(state, {1, text.size()}, [&] {
        rapidjson::BaseReaderHandler<> nothing;
        rapidjson::MemoryStream input(text.data(), text.size());
        return !reader.Parse<rapidjson::kParseValidateEncodingFlag>(input, nothing).IsError();
    });
}

void check_short_strings(benchmark::State& state) {
    check(state, bench::short_strings(bench::body_of(state)));
}
BENCHMARK(check_short_strings)->Name("check_short_strings/rapidjson")->Apply(bench::header_sizes);

void check_long_string(benchmark::State& state) {
    check(state, bench::long_string(bench::body_of(state)));
}
BENCHMARK(check_long_string)->Name("check_long_string/rapidjson")->Apply(bench::header_sizes);

} // namespace
