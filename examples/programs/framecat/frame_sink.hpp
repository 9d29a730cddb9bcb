// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>
#include <framing/header_view.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace framecat {

/// A frame whose header has come.
struct frame_start {
    std::uint64_t number = 0;    // in its stream, from 0, as faults count
    std::uint64_t offset = 0;    // of its first byte
    framing::header_view header; // lives until the frame's end
    std::uint64_t body_size = 0;
};

/// What becomes of the frames of one stream.
class frame_sink {
public:
    frame_sink() = default;
    frame_sink(const frame_sink&) = delete;
    frame_sink& operator=(const frame_sink&) = delete;
    virtual ~frame_sink() = default;

    virtual void begin(const frame_start& frame) = 0;
    virtual void body(std::span<const std::byte> piece) = 0;
    virtual void end() = 0;

    /// Nothing follows. `opening`: the first bytes of the frame that is broken.
    virtual void broken(const framing::fault& fault, std::string_view opening) = 0;

    /// Whether nothing more is wanted.
    [[nodiscard]] virtual bool satisfied() const { return false; }
};

} // namespace framecat
