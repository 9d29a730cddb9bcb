// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

/// How a peer speaks who knows nothing of our frames. A transport that has one hears frames in
/// place of the peer's bytes, and says bytes of the peer's kind in place of frames. Does no I/O.
class dialect {
public:
    dialect() = default;
    dialect(const dialect&) = delete;
    dialect& operator=(const dialect&) = delete;
    virtual ~dialect() = default;

    /// Appends to `frames` what the peer's bytes mean.
    /// Returns: what is wrong with them; nothing more is heard then.
    [[nodiscard]] virtual std::error_code hear(std::span<const std::byte> bytes,
                                               std::string& frames) = 0;

    /// The peer says no more. Returns: an error where that means that it hears no more, either.
    [[nodiscard]] virtual std::error_code end() = 0;

    /// Appends to `bytes` what frames mean, which come cut in any way.
    virtual void say(std::span<const std::byte> frames, std::string& bytes) = 0;

    /// Whether the peer has to go.
    [[nodiscard]] virtual bool is_over() const = 0;
};
