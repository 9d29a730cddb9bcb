// SPDX-License-Identifier: MIT
#pragma once

#include <framing/decoder.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/header_view.hpp>

#include "framecat/frame_sink.hpp"
#include "framecat/wire_options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace framecat {

/// Takes one stream apart. Does no I/O, and holds no body.
class dissector {
public:
    dissector(const wire_options& wire, frame_sink& sink)
        : decoder_(decoder_for(wire)), sink_(sink) {}

    /// Takes the next bytes. Returns: whether there is a use for more.
    bool feed(std::span<const std::byte> bytes);

    /// The stream has ended. Returns: what is wrong with it.
    const framing::fault& finish();

    [[nodiscard]] const framing::fault& error() const;
    /// The bytes with which the frame at hand began, or the broken one.
    [[nodiscard]] const std::string& opening() const { return opening_; }
    /// Frames that were whole.
    [[nodiscard]] std::uint64_t frames() const { return frames_; }

private:
    using standard_decoder = framing::decoder<framing::header_view>;
    using lesson_decoder = framing::decoder<framing::header_view, framing::formats::lesson>;
    using any_decoder = std::variant<standard_decoder, lesson_decoder>;

    static any_decoder decoder_for(const wire_options& wire);
    template <class Decoder>
    bool feed(Decoder& decoder, std::span<const std::byte> bytes);
    void keep_opening(std::span<const std::byte> bytes);

    any_decoder decoder_;
    frame_sink& sink_;
    std::uint64_t frames_ = 0;
    std::uint64_t taken_ = 0;  // bytes
    std::uint64_t offset_ = 0; // of the frame at hand
    std::string opening_;
    bool said_ = false; // that it is broken
};

} // namespace framecat
