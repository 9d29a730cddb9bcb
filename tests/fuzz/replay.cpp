// SPDX-License-Identifier: MIT
// Runs a fuzz target over its corpus, in any build: replay FILE
#include "../helpers/fuzz_corpus.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::cerr << "usage: replay FILE\n";
        return 2;
    }
    std::size_t number = 0;
    for (const auto& [name, bytes] : fuzz::read_corpus(argv[1])) {
        std::cout << ++number << ' ' << name << std::endl; // seen before an abort
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    if (number == 0) {
        std::cerr << "replay: " << argv[1] << " is empty\n";
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::cerr << "replay: " << error.what() << '\n';
    return EXIT_FAILURE;
}
