// SPDX-License-Identifier: MIT
#include "support/secret.hpp"

#include "support/hex.hpp"

#include <cstddef>
#include <random>
#include <vector>

namespace secret {

void fill_random(std::span<unsigned char> bytes) {
    std::random_device source; // of the system, as keys are made of
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(source());
}

std::string random_text(std::size_t bytes) {
    std::vector<unsigned char> random(bytes);
    fill_random(random);
    return to_hex(random);
}

bool equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    volatile unsigned char differences = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        differences = differences | static_cast<unsigned char>(a[i] ^ b[i]);
    return differences == 0;
}

} // namespace secret
