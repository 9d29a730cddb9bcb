// SPDX-License-Identifier: MIT
#include "file/digest.hpp"

#include "file/error.hpp"
#include "support/descriptor.hpp"
#include "support/hex.hpp"

#include <openssl/evp.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <vector>

namespace {

template <class Made, auto free>
struct freed_by {
    void operator()(Made* made) const { free(made); }
};
using sha256_state = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX, EVP_MD_CTX_free>>;
using xxh128_state = std::unique_ptr<XXH3_state_t, freed_by<XXH3_state_t, XXH3_freeState>>;

void check(bool done) {
    if (!done) throw std::runtime_error("the library cannot compute this sum");
}

} // namespace

std::optional<sum_kind> sum_kind_of(std::string_view name) {
    for (const sum_kind kind : {sum_kind::none, sum_kind::sha256, sum_kind::xxh128})
        if (name == name_of(kind)) return kind;
    return std::nullopt;
}

const char* name_of(sum_kind kind) {
    switch (kind) {
    case sum_kind::sha256: return "sha256";
    case sum_kind::xxh128: return "xxh128";
    case sum_kind::none: break;
    }
    return "none";
}

struct digest::state {
    sha256_state sha256;
    xxh128_state xxh128;
};

digest::digest(sum_kind kind, const std::atomic<bool>* given_up)
    : state_(std::make_unique<state>()), given_up_(given_up) {
    if (kind == sum_kind::sha256) {
        state_->sha256.reset(::EVP_MD_CTX_new());
        check(state_->sha256 != nullptr &&
              ::EVP_DigestInit_ex(state_->sha256.get(), ::EVP_sha256(), nullptr) == 1);
    } else if (kind == sum_kind::xxh128) {
        state_->xxh128.reset(::XXH3_createState());
        check(state_->xxh128 != nullptr && ::XXH3_128bits_reset(state_->xxh128.get()) == XXH_OK);
    }
}
digest::digest(digest&&) noexcept = default;
digest& digest::operator=(digest&&) noexcept = default;
digest::~digest() = default;

void digest::update(std::span<const std::byte> bytes) {
    if (state_->sha256)
        check(::EVP_DigestUpdate(state_->sha256.get(), bytes.data(), bytes.size()) == 1);
    else if (state_->xxh128)
        check(::XXH3_128bits_update(state_->xxh128.get(), bytes.data(), bytes.size()) == XXH_OK);
}

void digest::update_zeros(std::uint64_t count) {
    static constexpr std::array<std::byte, 64 * 1024> zeros{};
    if (!state_->sha256 && !state_->xxh128) return;
    while (count != 0) {
        go_on_only_if_wanted();
        const std::size_t size = std::min<std::uint64_t>(count, zeros.size());
        update(std::span(zeros).first(size));
        count -= size;
    }
}

std::string digest::finish() {
    if (state_->sha256) {
        std::array<unsigned char, 32> sum{};
        check(::EVP_DigestFinal_ex(state_->sha256.get(), sum.data(), nullptr) == 1);
        return to_hex(sum);
    }
    if (!state_->xxh128) return {};
    XXH128_canonical_t sum;
    ::XXH128_canonicalFromHash(&sum, ::XXH3_128bits_digest(state_->xxh128.get()));
    return to_hex(sum.digest);
}

void digest::update_from(int file, std::uint64_t offset, std::uint64_t size) {
    if (!state_->sha256 && !state_->xxh128) return;
    std::vector<std::byte> bytes(256 * 1024);
    while (size != 0) {
        go_on_only_if_wanted();
        const auto wanted = std::span(bytes).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), size)));
        const std::size_t got = read_at(file, offset, wanted, "the file");
        if (got == 0) throw file_error("changed", "the file has become shorter meanwhile");
        update(wanted.first(got));
        offset += got;
        size -= got;
    }
}

void digest::go_on_only_if_wanted() const {
    if (given_up_ != nullptr && *given_up_)
        throw file_error(code_of_given_up, "nobody waits for it");
}
