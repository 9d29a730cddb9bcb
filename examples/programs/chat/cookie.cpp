// SPDX-License-Identifier: MIT
#include "chat/cookie.hpp"

#include <framing/net/address.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <stdexcept>

namespace chat {
namespace {

constexpr std::size_t time_digits = 8;
constexpr std::size_t hash_bytes = 16; // of the hash; nobody guesses 128 bits

std::string hex(const unsigned char* bytes, std::size_t size) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i != size; ++i) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

} // namespace

cookies::cookies() {
    if (::RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
        throw std::runtime_error("there are no random numbers for a key");
}

std::string cookies::make(const asio::ip::udp::endpoint& who, clock::time_point now) const {
    return make(who, std::chrono::floor<std::chrono::seconds>(now - start_).count());
}

std::string cookies::make(const asio::ip::udp::endpoint& who, long long second) const {
    std::array<char, 32> time{};
    std::snprintf(time.data(), time.size(), "%08llx", second);
    const std::string text = std::string(time.data()) + ' ' + framing::net::to_string(who);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned int size = 0;
    if (::HMAC(::EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
               reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(),
               &size) == nullptr)
        throw std::runtime_error("the hash of a cookie cannot be made");
    return std::string(time.data()) + hex(hash.data(), hash_bytes);
}

bool cookies::check(std::string_view cookie, const asio::ip::udp::endpoint& who,
                    clock::time_point now) const {
    if (cookie.size() < time_digits) return false;
    long long second = -1;
    const auto [end, error] =
        std::from_chars(cookie.data(), cookie.data() + time_digits, second, 16);
    if (error != std::errc{} || end != cookie.data() + time_digits || second < 0) return false;
    const auto age = now - start_ - std::chrono::seconds(second);
    if (age < age.zero() || age > lifetime) return false;
    const std::string right = make(who, second);
    return right.size() == cookie.size() &&
           ::CRYPTO_memcmp(right.data(), cookie.data(), right.size()) == 0;
}

} // namespace chat
