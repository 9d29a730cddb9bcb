// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>

#include "framecat/body_view.hpp"
#include "framecat/frame_sink.hpp"
#include "framecat/origin.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace framecat {

/// Frames for a person: number, offset, type, size and header on a line, or two where one is too
/// short, the body below.
class terminal_view final : public frame_sink {
public:
    struct options {
        body_form body = body_form::automatic;
        bool full = false; // nothing is cut
        bool in_colour = false;
        std::function<std::size_t()> columns; // of the window, as wide as it is now
        origin from{};
    };
    using writer = std::function<void(std::string_view)>;

    terminal_view(options look, writer write);

    void begin(const frame_start& frame) override;
    void body(std::span<const std::byte> piece) override;
    void end() override;
    void broken(const framing::fault& fault, std::string_view opening) override;

private:
    /// The window, or 0 where nothing is cut.
    [[nodiscard]] std::size_t columns() const;
    /// Writes what there is. Where a frame is cut that is once all of it that is shown is there,
    /// since frames of other streams may come between.
    void flush();

    options options_;
    writer write_;
    std::string text_; // of the frame at hand, not written yet
    std::optional<body_view> body_;
};

/// The columns of the window that standard output is; as many as $COLUMNS says, or 80, where it is
/// none.
[[nodiscard]] std::size_t window_columns();

/// Something to be told beside frames, on a line of its own.
[[nodiscard]] std::string note_line(const origin& from, std::string_view what, bool in_colour);

} // namespace framecat
