// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>
#include <framing/header_view.hpp>

#include "framecat/frame_sink.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace framecat {

/// Which frames are wanted: those that have all of some members, at the top of their headers.
class selection {
public:
    /// `conditions`: each MEMBER=VALUE. The value is a string's, or JSON: 5, true, "5".
    /// Throws: std::invalid_argument.
    explicit selection(const std::vector<std::string>& conditions);

    [[nodiscard]] bool matches(const framing::header_view& header) const;

private:
    struct condition {
        std::string member;
        std::string value;
    };
    std::vector<condition> conditions_;
};

/// Passes on the frames that are wanted.
class filter final : public frame_sink {
public:
    filter(const selection& wanted, frame_sink& sink) : wanted_(wanted), sink_(sink) {}

    void begin(const frame_start& frame) override {
        passes_ = wanted_.matches(frame.header);
        if (passes_) sink_.begin(frame);
    }
    void body(std::span<const std::byte> piece) override {
        if (passes_) sink_.body(piece);
    }
    void end() override {
        if (passes_) sink_.end();
    }
    void broken(const framing::fault& fault, std::string_view opening) override {
        sink_.broken(fault, opening);
    }
    [[nodiscard]] bool satisfied() const override { return sink_.satisfied(); }

private:
    const selection& wanted_;
    frame_sink& sink_;
    bool passes_ = false;
};

} // namespace framecat
