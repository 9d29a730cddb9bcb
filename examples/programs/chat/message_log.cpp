// SPDX-License-Identifier: MIT
#include "chat/message_log.hpp"

#include <framing/byte_view.hpp>
#include <framing/decoder.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/header_view.hpp>
#include <framing/reassembler.hpp>
#include <framing/wire.hpp>

#include "support/format.hpp"
#include "support/log.hpp"
#include "system/own_file.hpp"
#include "system/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

/// The place of the first byte that is no zero; nothing where only zeros follow, as where a machine
/// lost power while a file grew.
std::optional<std::uint64_t> behind_zeros(int file, std::uint64_t from, const char* what) {
    std::array<std::byte, 4096> bytes{};
    while (const std::size_t size = read_at(file, from, bytes, what)) {
        const auto read = std::span(bytes).first(size);
        const auto other =
            std::ranges::find_if(read, [](std::byte each) { return each != std::byte{}; });
        if (other != read.end()) return from + static_cast<std::size_t>(other - read.begin());
        from += size;
    }
    return std::nullopt;
}

/// Where the first frame begins that follows zeros; nothing where none does.
std::optional<std::uint64_t> frame_behind_zeros(int file, std::uint64_t from, const char* what) {
    constexpr std::uint64_t least_zeros = 4; // less is the length of a header
    const auto length = behind_zeros(file, from, what);
    if (!length || *length < from + least_zeros) return std::nullopt;
    // The last one or two bytes of the length are no zeros.
    for (const std::uint64_t begin : {*length - 3, *length - 2}) {
        std::array<std::byte, 2> header{};
        if (read_at(file, begin + framing::prefix_size, header, what) == header.size() &&
            framing::as_text(header) == "{\"")
            return begin;
    }
    return std::nullopt;
}

/// Whether these are whole frames, up to the last byte.
bool are_frames(std::span<const std::byte> bytes) {
    framing::decoder<framing::header_view> frames;
    framing::event found = framing::event::end;
    while ((found = frames.next(bytes)) != framing::event::need_more)
        if (found == framing::event::error) return false;
    frames.finish();
    return !frames.error();
}

/// Whether others follow a message that ends behind the end of the file, which none does where a
/// crash has torn it. If it came as far as its text, that may be anything, also what looks like a
/// message: there are others only if they go on to the end.
bool has_followers(int file, std::uint64_t from, const char* what) {
    constexpr std::string_view begin = "{\"body_size\":"; // of each header that `hall` makes
    constexpr std::size_t longest_message = 2 * 1024 * 1024;
    std::string rest;
    std::array<std::byte, 64 * 1024> piece{};
    while (const std::size_t size = read_at(file, from + rest.size(), piece, what)) {
        rest.append(framing::as_text(std::span(piece).first(size)));
        if (rest.size() > longest_message) return true;
    }
    const auto bytes = std::as_bytes(std::span(rest));
    const bool is_header_whole = bytes.size() >= framing::prefix_size &&
                                 framing::load_prefix(bytes.first<framing::prefix_size>()) <=
                                     bytes.size() - framing::prefix_size;
    std::size_t at = framing::prefix_size;
    while ((at = rest.find(begin, at + 1)) != rest.npos)
        if (!is_header_whole || are_frames(bytes.subspan(at - framing::prefix_size))) return true;
    return false;
}

} // namespace

message_log::message_log(const std::string& path, bool sync)
    : path_(path), file_(open_regular_file(path, O_RDWR | O_CREAT | O_APPEND, 0600)), sync_(sync) {
    if (!own_file::take(file_.get()))
        throw std::runtime_error(path + " is the log of another server that runs");
}

void message_log::restore(hall& rooms) {
    framing::reassembler<framing::header_view> frames;
    framing::encoder<framing::header_view> encoder;
    std::size_t messages = 0;
    while (true) {
        const std::size_t size = read_some(file_.get(), frames.prepare(64 * 1024), path_.c_str());
        if (size == 0) break;
        for (const auto& frame : frames.commit(size)) {
            std::string bytes;
            if (const auto error = encoder.encode(frame.header, frame.body, bytes))
                throw std::system_error(error, path_);
            size_ += bytes.size();
            if (!rooms.restore(frame.header.json(), std::move(bytes)))
                throw std::runtime_error(path_ + " is no log of a chat room: frame " +
                                         std::to_string(messages) +
                                         " is no message that follows those before it");
            ++messages;
        }
        if (frames.error()) break;
    }
    frames.finish();
    if (const framing::fault& fault = frames.error()) {
        if (const auto next = frame_behind_zeros(file_.get(), size_, path_.c_str()))
            throw std::runtime_error(fmt::format(
                "{0} is damaged: bytes {1} to {2} are zeros, as when logrotate's copytruncate has "
                "cut it; to go on without them: (head -c {1} {0}; tail -c +{3} {0}) > {0}.new",
                path_, size_, *next, *next + 1));
        if (fault.code == framing::errc::truncated
                ? has_followers(file_.get(), size_, path_.c_str())
                : behind_zeros(file_.get(), size_, path_.c_str()).has_value())
            throw std::runtime_error(path_ + " is damaged: " + fault.message() +
                                     "; to go on without what follows: truncate -s " +
                                     std::to_string(size_) + ' ' + path_);
        logging::warn("{}: cut off after {} messages, in the middle of the next ({})", path_,
                      messages, fault.message());
        if (!cut()) fail(path_);
    }
    logging::info("{}: {} messages", path_, messages);
}

bool message_log::append(std::string_view frame) {
    notice_a_cut();
    if (failed_ && !cut()) return false; // half of a message is still there
    try {
        write_all(file_.get(), frame, path_.c_str());
        if (sync_ && !own_file::sync(file_.get())) fail(path_);
    } catch (const std::exception& error) {
        if (!failed_) logging::error("messages are refused, they cannot be kept: {}", error.what());
        failed_ = true;
        static_cast<void>(cut());
        return false;
    }
    if (std::exchange(failed_, false)) logging::info("{}: messages are kept again", path_);
    size_ += frame.size();
    return true;
}

/// Whoever rotates logs may cut them under us: to cut ours there again would fill it with zeros.
void message_log::notice_a_cut() {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0) return;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size >= size_) return;
    logging::warn("{} was cut from {} to {} bytes by somebody else (logrotate's copytruncate?): "
                  "after a restart the messages before are not known",
                  path_, size_, size);
    size_ = size;
}

bool message_log::cut() {
    return own_file::cut(file_.get(), size_);
}

} // namespace chat
