// SPDX-License-Identifier: MIT
#pragma once

#include "chat/event.hpp"

#include <hiredis/hiredis.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

/// Redis has answered with an error, or with what is no answer: in words.
class redis_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct redis_reader_deleter {
    void operator()(redisReader* reader) const { ::redisReaderFree(reader); }
};
using redis_reader = std::unique_ptr<redisReader, redis_reader_deleter>;

/// Reads what Redis says, but no list that is said to have more elements than any of ours, for
/// which hiredis would make room at once.
/// Throws: std::bad_alloc.
[[nodiscard]] redis_reader make_redis_reader();

// Each reads one kind of reply, and takes nothing for granted.
// Throws: redis_error for what is none.

/// A string, or the text of a number; empty for nothing.
[[nodiscard]] std::string text_in(const redisReply& reply);

[[nodiscard]] std::uint64_t to_number(std::string_view text);

/// A whole number, as such or as text; 0 for nothing.
[[nodiscard]] std::uint64_t number_in(const redisReply& reply);

/// Names and values in turns.
[[nodiscard]] std::map<std::string, std::string> pairs_in(const redisReply& reply);

/// The texts of a list.
[[nodiscard]] std::vector<std::string> texts_in(const redisReply& reply);

/// One entry of a stream whose entries are numbered.
struct stream_entry {
    std::uint64_t number = 0; // its first part; the second is 0 in all that we add
    std::map<std::string, std::string> fields;

    friend bool operator==(const stream_entry&, const stream_entry&) = default;
};

/// What XRANGE says, and XREAD of one stream.
[[nodiscard]] std::vector<stream_entry> entries_in(const redisReply& reply);
[[nodiscard]] std::vector<stream_entry> entries_read_in(const redisReply& reply);

} // namespace chat
