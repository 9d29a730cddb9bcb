// SPDX-License-Identifier: MIT
// What libFuzzer and AFL++ call, for the target that FRAMING_FUZZ_TARGET names.
#include "../helpers/fuzz_target.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FRAMING_FUZZ_TARGET::run(std::as_bytes(std::span(data, size)));
    return 0;
}
