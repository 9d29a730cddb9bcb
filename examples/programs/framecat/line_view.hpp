// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>

#include "framecat/frame_sink.hpp"
#include "framecat/origin.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace framecat {

/// Frames for programs: each one line of JSON.
class line_view final : public frame_sink {
public:
    struct options {
        enum class form { base64, text, hex, none };

        form body = form::base64;
        /// A body that is larger is left out, so that none needs more memory.
        std::uint64_t most_held = std::numeric_limits<std::uint64_t>::max();
        origin from{};
    };
    using writer = std::function<void(std::string_view)>;

    line_view(options look, writer write);

    void begin(const frame_start& frame) override;
    void body(std::span<const std::byte> piece) override;
    void end() override;
    void broken(const framing::fault& fault, std::string_view opening) override;

private:
    /// What a line begins with, behind its brace.
    [[nodiscard]] std::string stamp() const;

    options options_;
    writer write_;
    std::string line_; // of the frame at hand
    bool holds_ = false;
    std::string body_;
};

} // namespace framecat
