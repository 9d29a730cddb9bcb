// SPDX-License-Identifier: MIT
#include "support/secret.hpp"

#include "support/hex.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <vector>

namespace secret {

void fill_random(std::span<unsigned char> bytes) {
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the system has no random numbers");
}

std::string random_text(std::size_t bytes) {
    std::vector<unsigned char> random(bytes);
    fill_random(random);
    return to_hex(random);
}

bool equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace secret
