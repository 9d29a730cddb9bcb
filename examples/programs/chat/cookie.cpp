// SPDX-License-Identifier: MIT
#include "chat/cookie.hpp"

#include <framing/net/address.hpp>

#include "support/hex.hpp"
#include "support/secret.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <system_error>

namespace chat {
namespace {

constexpr std::size_t time_digits = 8;
constexpr std::size_t hash_bytes = 16; // of the hash; nobody guesses 128 bits

} // namespace

cookies::cookies() {
    secret::fill_random(key_);
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
    return std::string(time.data()) + to_hex(std::span(hash).first(hash_bytes));
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
    return secret::equal(make(who, second), cookie);
}

} // namespace chat
