// SPDX-License-Identifier: MIT
// Unpacks a corpus, as fuzzers want it, and adds inputs to it.
#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/nlohmann.hpp>

#include "../helpers/fuzz_corpus.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::ios::openmode mode, framing::byte_view bytes) {
    std::ofstream file(path, std::ios::binary | mode);
    file << framing::as_text(bytes.bytes()) << std::flush;
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

/// Writes each input to a file of its own, called by its number.
void unpack(const std::string& corpus, const fs::path& folder) {
    fs::create_directories(folder);
    std::size_t number = 0;
    for (const auto& [name, bytes] : fuzz::read_corpus(corpus))
        write(folder / std::to_string(++number), std::ios::trunc, bytes);
}

/// The name of a file, if a person gave it; a fuzzer gives hashes and numbers.
std::string name_of(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    const std::string end = name.substr(name.rfind('-') + 1);
    const bool by_fuzzer = end.find_first_not_of("0123456789abcdef") == end.npos;
    return by_fuzzer || name.starts_with("id:") ? "" : name;
}

/// Appends the inputs that are not there yet. A corpus that is not there yet is made.
void add(const std::string& corpus, std::span<char*> inputs) {
    std::set<std::vector<std::uint8_t>> known;
    if (fs::exists(corpus))
        for (const auto& [name, bytes] : fuzz::read_corpus(corpus)) known.insert(bytes);
    const std::size_t before = known.size();

    std::string wire;
    framing::encoder<> encoder;
    for (const std::string input : inputs) {
        const auto bytes = fuzz::read_file(input);
        if (!known.insert(bytes).second) continue;
        nlohmann::json header = nlohmann::json::object();
        if (const std::string name = name_of(input); !name.empty()) header["name"] = name;
        if (const std::error_code error = encoder.encode(header, bytes, wire))
            throw std::system_error(error, input);
    }
    write(corpus, std::ios::app, wire);
    std::cout << known.size() - before << " of " << inputs.size() << " are new\n";
}

} // namespace

int main(int argc, char** argv) try {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    const std::string_view verb = argc < 4 ? "" : argv[1];
    if (verb == "unpack" && argc == 4)
        unpack(argv[2], argv[3]);
    else if (verb == "add")
        add(argv[2], arguments.subspan(3));
    else {
        std::cerr << "usage: corpus unpack FILE FOLDER\n       corpus add FILE INPUT...\n";
        return 2;
    }
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::cerr << "corpus: " << error.what() << '\n';
    return EXIT_FAILURE;
}
