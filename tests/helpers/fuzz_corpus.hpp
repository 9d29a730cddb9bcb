// SPDX-License-Identifier: MIT
#pragma once

#include <framing/nlohmann.hpp>
#include <framing/reassembler.hpp>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace fuzz {

/// An input to begin with. Some have a name.
struct seed {
    std::string name;
    std::vector<std::uint8_t> bytes;
};

/// Throws: std::runtime_error when it cannot.
inline std::vector<std::uint8_t> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
    if (!file) throw std::runtime_error("cannot read " + path);
    return bytes;
}

/// A corpus is a stream of frames: the body is an input, and the header may name it.
///
/// Throws: std::runtime_error when it cannot be read or is something else.
inline std::vector<seed> read_corpus(const std::string& path) {
    std::vector<seed> seeds;
    const auto wire = read_file(path);
    framing::reassembler<> incoming;
    for (const auto& frame : incoming.feed(wire))
        seeds.push_back(
            {frame.header.value("name", ""), {frame.text().begin(), frame.text().end()}});
    if (incoming.finish()) throw std::runtime_error(path + ": " + incoming.error().message());
    return seeds;
}

} // namespace fuzz
