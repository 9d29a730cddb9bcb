// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/encoder.hpp>
#include <framing/format.hpp>
#include <framing/limits.hpp>

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace framing::inline v0 {

/// One encoded frame, or several, in a string that is shared.
using shared_frame = std::shared_ptr<const std::string>;

/// Whole encoded frames that any number of queues hold without a copy: their bytes, and what keeps
/// them alive.
struct shared_frames {
    /// What keeps the bytes alive.
    std::shared_ptr<const void> owner;
    /// Whole frames, one behind the other; they live as long as `owner`, or a copy of it, does.
    std::span<const std::byte> bytes;

    /// None.
    shared_frames() = default;
    /// Those in `held`, which `keeper` keeps alive.
    shared_frames(std::shared_ptr<const void> keeper, std::span<const std::byte> held) noexcept
        : owner(std::move(keeper)), bytes(held) {}
    /// Those in a string. Pre: it is not null.
    shared_frames(shared_frame frame) noexcept : bytes(std::as_bytes(std::span(*frame))) {
        owner = std::move(frame);
    }
};

/// Encodes frames that many queues are to hold, one behind the other in blocks that they share, so
/// that who is told several in a row has one piece to write. A block lives as long as a queue holds
/// something of it: what is to be kept for long is better copied. One object is used from one
/// thread at a time, the frames from any.
///
///     broadcast_encoder<> everybody;
///     shared_frames frame;
///     if (auto error = everybody.encode({{"type", "tick"}}, "", frame)) return error;
///     for (auto& peer : peers) peer.post(frame);
template <class Header = nlohmann::json, wire_format Format = formats::standard>
class broadcast_encoder {
public:
    /// With the default limits.
    broadcast_encoder() noexcept : broadcast_encoder(limits{}) {}
    /// With other ones.
    explicit broadcast_encoder(const limits& limits) noexcept : encoder_(limits) {}

    /// Encodes one frame.
    ///
    /// Returns: as encoder::encode; on an error `out` is unchanged.
    /// Throws: std::bad_alloc, or what the header type throws, and then it is, too.
    [[nodiscard]] std::error_code encode(const Header& header, byte_view body, shared_frames& out) {
        std::size_t size = 0;
        std::error_code error = encoder_.encode_to(header, body, free_, size);
        if (error == std::errc::no_buffer_space) {
            const std::size_t needed = (std::max)(size, block_size);
            block_ = std::make_shared_for_overwrite<std::byte[]>(needed);
            free_ = std::span(block_.get(), needed);
            error = encoder_.encode_to(header, body, free_, size);
        }
        if (error) return error;
        out = {block_, free_.first(size)};
        free_ = free_.subspan(size);
        return {};
    }

private:
    static constexpr std::size_t block_size = 64 * 1024;

    encoder<Header, Format> encoder_;
    std::shared_ptr<std::byte[]> block_;
    std::span<std::byte> free_; // of the block
};

} // namespace framing::inline v0
