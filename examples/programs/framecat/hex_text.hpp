// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace framecat {

/// Whether text is the beginning of a hex dump, as xxd or `hexdump -C` write it; nothing as long as
/// it may become one.
[[nodiscard]] std::optional<bool> begins_hex_dump(std::string_view text);

/// The bytes of such a dump, while it comes. Does no I/O, and holds no more than a line.
class hex_text {
public:
    /// Takes text from the front of `input`, and gives the bytes that it says, as many as fit.
    ///
    /// Returns: how many; 0 where the input is used up.
    /// Throws: std::runtime_error for what is no such dump, which names the line.
    std::size_t read(std::string_view& input, std::span<std::byte> into);

    /// The same for what the last line says, where nothing ends it.
    std::size_t finish(std::span<std::byte> into);

private:
    void take_line(std::string_view line);
    std::size_t give(std::span<std::byte> into);
    [[noreturn]] void fail(const std::string& why) const;

    std::string line_; // as far as it has come
    std::uint64_t number_ = 0;
    std::string bytes_; // of the last line
    std::size_t given_ = 0;
    std::uint64_t offset_ = 0;     // behind that
    bool repeated_ = false;        // a line `*` follows it
    std::uint64_t repeat_end_ = 0; // up to where what is given now repeats it
    std::string waiting_;          // the line behind that
};

} // namespace framecat
