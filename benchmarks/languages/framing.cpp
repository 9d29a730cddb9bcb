// SPDX-License-Identifier: MIT
// What `bench` of the peers in other languages does, by the library itself. See languages.sh.
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t count = 500;
constexpr std::size_t chunk = std::size_t{64} * 1024;

template <class Work>
void measure(const char* name, Work work) {
    const std::clock_t started = std::clock();
    std::size_t passes = 0;
    double seconds = 0;
    while (seconds < 1) {
        work();
        ++passes;
        seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
    }
    std::fprintf(stdout, "%.0f frames/s %s\n", static_cast<double>(passes * count) / seconds, name);
}

bool is_said(const nlohmann::json& header) {
    return header.at("type") == "said";
}

bool is_said(const framing::header_view& header) {
    return header.find("type").raw() == R"("said")";
}

template <class Header>
void decode_all(std::string_view stream) {
    framing::reassembler<Header> incoming;
    for (; !stream.empty(); stream.remove_prefix(std::min(chunk, stream.size())))
        for (const auto& frame : incoming.feed(stream.substr(0, chunk)))
            if (!is_said(frame.header)) std::abort();
}

template <class Header>
void bench(const Header& header) {
    const std::string body(64, 'x');
    framing::encoder<Header> encoder;
    std::string stream;
    const auto encode_all = [&] {
        stream.clear();
        for (std::size_t i = 0; i < count; ++i)
            if (encoder.encode(header, body, stream)) std::abort();
    };
    encode_all();
    measure("decoded", [&] { decode_all<Header>(stream); });
    measure("encoded", encode_all);
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view text = R"({"type":"said","from":"alice","room":"lobby","seq":4711})";
    const std::string_view type = argc == 2 ? argv[1] : "";
    framing::fault fault;
    const auto view = framing::header_view::parse(text, {}, fault);
    if (type == "json")
        bench(nlohmann::json::parse(text));
    else if (type == "view" && view)
        bench(*view);
    else
        return 2;
}
