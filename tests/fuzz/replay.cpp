// SPDX-License-Identifier: MIT
// Runs a fuzz target over its corpus, in any build: replay TARGET FILE
#include "../helpers/fuzz_corpus.hpp"
#include "../helpers/fuzz_target.hpp"

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string_view>

namespace {

using target = void(fuzz::bytes);

target* find_target(std::string_view name) {
    if (name == "api") return fuzz::api::run;
    if (name == "datagram") return fuzz::datagram::run;
    if (name == "decode") return fuzz::decode::run;
    if (name == "header") return fuzz::header::run;
    if (name == "roundtrip") return fuzz::roundtrip::run;
    return nullptr;
}

} // namespace

int main(int argc, char** argv) try {
    target* const run = argc == 3 ? find_target(argv[1]) : nullptr;
    if (run == nullptr) {
        std::cerr << "usage: replay TARGET FILE\n";
        return 2;
    }
    std::size_t number = 0;
    for (const auto& [name, bytes] : fuzz::read_corpus(argv[2])) {
        std::cout << ++number << ' ' << name << std::endl; // seen before an abort
        run(std::as_bytes(std::span(bytes)));
    }
    if (number == 0) {
        std::cerr << "replay: " << argv[2] << " is empty\n";
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::cerr << "replay: " << error.what() << '\n';
    return EXIT_FAILURE;
}
