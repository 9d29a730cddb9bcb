// SPDX-License-Identifier: MIT
// Runs a fuzz target over the files of its corpus, in any build: replay FOLDER
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: replay FOLDER\n";
        return 2;
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::vector<char> text(std::istreambuf_iterator<char>(file), {});
        const std::vector<std::uint8_t> bytes(text.begin(), text.end());
        std::cout << entry.path().filename().string() << std::endl; // seen before an abort
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        ++files;
    }
    if (files == 0) {
        std::cerr << "replay: " << argv[1] << " is empty\n";
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
