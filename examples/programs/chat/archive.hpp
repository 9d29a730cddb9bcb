// SPDX-License-Identifier: MIT
#pragma once

#include <framing/shared_frames.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace chat {

/// What was said lately, room by room, bounded for each and for all together: the oldest message of
/// all makes room. Does no I/O.
class archive {
public:
    struct limits {
        std::size_t messages = 1000;            // of a room, ...
        std::size_t bytes = 512 * 1024;         // ... as far as they are no more than this
        std::size_t in_all = 256 * 1024 * 1024; // bytes, those that keeping takes included
    };

    struct message {
        std::uint64_t seq = 0;
        framing::shared_frames frame; // in no block, all of which would be kept with it
        std::uint64_t age = 0;        // the larger, the later
    };

    /// The messages of one room, oldest first. It stays where it is while it has any.
    class shelf {
    public:
        shelf() = default;
        shelf(const shelf&) = delete;
        shelf& operator=(const shelf&) = delete;

        [[nodiscard]] const std::deque<message>& messages() const { return messages_; }

    private:
        friend archive;

        std::deque<message> messages_;
        std::size_t bytes_ = 0;
    };

    explicit archive(const limits& bounds) : limits_(bounds) {}

    void keep(shelf& on, std::uint64_t seq, std::string frame);
    void clear(shelf& all);

    /// What is kept of all rooms.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    void drop_oldest(shelf& of);

    limits limits_;
    std::size_t bytes_ = 0;
    std::uint64_t last_age_ = 0;
    std::map<std::uint64_t, shelf*> oldest_; // by the age of a shelf's first message
};

} // namespace chat
