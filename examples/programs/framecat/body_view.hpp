// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace framecat {

/// How a body is shown.
enum class body_form { automatic, text, hex, none };

/// Bytes of a dump, as `hexdump -C` writes them: `per_line` columns of them, fewer at the end.
[[nodiscard]] std::string hex_line(std::uint64_t offset, std::string_view bytes,
                                   std::size_t per_line);

/// How many bytes such a line can have in so many columns, or in any number where that is 0, behind
/// some that are taken.
[[nodiscard]] std::size_t hex_bytes_in(std::size_t columns, std::size_t before);

/// Whether it is text that is shown better as such. What is not whole, but the beginning of more,
/// may end within a character.
[[nodiscard]] bool looks_like_text(std::string_view text, bool whole);

/// One body as lines for a terminal, while it comes. Holds no more than a line of it.
class body_view {
public:
    struct limits {
        std::size_t columns = 80; // 0: lines are not cut, ...
        std::size_t lines = 8;    // ... and 0: all of them are shown
    };

    /// `size`: that of the whole body. `offset`: what a dump says of its first byte.
    body_view(body_form form, const limits& bounds, std::uint64_t size, std::uint64_t offset = 0)
        : form_(form), limits_(bounds), size_(size), offset_(offset) {}

    /// Adds to `out` what the piece makes whole.
    void feed(std::string_view piece, std::string& out);
    void finish(std::string& out);

    /// Whether all the lines that there may be are written, and how much is left out.
    [[nodiscard]] bool full() const { return limits_.lines != 0 && lines_ == limits_.lines; }

private:
    /// What may be waited for: to know what a body is, or for the end of a line.
    static constexpr std::size_t most_held = 4096;

    void write_text(bool at_end, std::string& out);
    void write_hex(bool at_end, std::string& out);
    void write_line(std::string_view line, std::size_t size, std::string& out);
    body_form form_;
    limits limits_;
    std::uint64_t size_;
    std::uint64_t offset_;
    std::string held_;
    std::size_t lines_ = 0;
    std::uint64_t shown_ = 0; // bytes
};

} // namespace framecat
