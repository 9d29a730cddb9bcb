// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <cstddef>
#include <cstdint>

namespace framing::inline v0 {

/// What a peer may announce; 0 is none at all, not "no limit". Each is checked as soon as the
/// number is known, before anything is allocated for it.
struct limits {
    /// Bytes of one header. No header can be longer than 4 GiB - 1, whatever this says.
    std::size_t max_header_size = 64 * 1024;

    /// Bytes of one body. The default suits bodies that are held whole; a decoder that streams
    /// bodies to their place takes what the program can store.
    std::uint64_t max_body_size = 16 * 1024 * 1024;

    /// Levels of nesting in a header; the header's own object is level 1. Above 1024 it means 1024.
    std::size_t max_depth = 64;
};

} // namespace framing::inline v0
