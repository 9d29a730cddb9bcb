// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include "framecat/frame_sink.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace framecat_tests {

/// The bytes of a frame.
inline std::string wire(std::string_view header, std::string_view body = {}) {
    framing::fault fault;
    const auto view = framing::header_view::parse(header, framing::limits(), fault);
    std::string bytes;
    framing::encoder<framing::header_view> encoder;
    if (!view || encoder.encode(*view, body, bytes)) throw std::invalid_argument("no header");
    return bytes;
}

/// Writes down what a sink is told.
class recorder final : public framecat::frame_sink {
public:
    std::string told;
    std::string opening;

    void begin(const framecat::frame_start& frame) override {
        told += std::to_string(frame.number) + '@' + std::to_string(frame.offset) + ' ' +
                std::string(frame.header.text()) + ' ' + std::to_string(frame.body_size) + ':';
    }
    void body(std::span<const std::byte> piece) override { told += framing::as_text(piece); }
    void end() override { told += ";\n"; }
    void broken(const framing::fault& fault, std::string_view first) override {
        told += std::string(framing::name(fault.code)) + '@' + std::to_string(fault.offset) + '\n';
        opening = first;
    }
};

} // namespace framecat_tests
