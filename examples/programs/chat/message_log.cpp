// SPDX-License-Identifier: MIT
#include "chat/message_log.hpp"

#include <framing/encoder.hpp>
#include <framing/reassembler.hpp>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

/// Whether nothing but zeros follows, as where a machine lost power while a file grew.
bool ends_in_zeros(int file, std::uint64_t from) {
    std::array<char, 4096> bytes{};
    while (true) {
        const ssize_t size = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(from));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return size == 0;
        if (std::any_of(bytes.data(), bytes.data() + size, [](char c) { return c != 0; }))
            return false;
        from += static_cast<std::uint64_t>(size);
    }
}

/// Whether more than one frame begins behind `from`, which none does in one that a crash has torn.
bool has_frames(int file, std::uint64_t from) {
    constexpr std::string_view begin = "{\"body_size\":"; // of each header that `hall` makes
    std::string bytes;
    std::size_t found = 0;
    while (true) {
        std::array<char, 64 * 1024> piece{};
        const ssize_t size = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(from));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        from += static_cast<std::uint64_t>(size);
        bytes.append(piece.data(), static_cast<std::size_t>(size));
        for (std::size_t at = 0; (at = bytes.find(begin, at)) != bytes.npos; at += begin.size())
            if (++found == 2) return true;
        bytes.erase(0, bytes.size() - std::min(bytes.size(), begin.size() - 1));
    }
}

} // namespace

message_log::message_log(const std::string& path, bool sync)
    : path_(path), file_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
      sync_(sync) {
    if (file_.get() < 0) fail(path);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error(path + " is the log of another server that runs");
}

void message_log::restore(hall& rooms) {
    framing::reassembler<framing::header_view> frames;
    framing::encoder<framing::header_view> encoder;
    std::size_t messages = 0;
    while (true) {
        const std::span<std::byte> space = frames.prepare(64 * 1024);
        const ssize_t size = ::read(file_.get(), space.data(), space.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) fail(path_);
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
        if (fault.code == framing::errc::truncated ? has_frames(file_.get(), size_)
                                                   : !ends_in_zeros(file_.get(), size_))
            throw std::runtime_error(path_ + " is damaged: " + fault.message() +
                                     "; to go on without what follows: truncate -s " +
                                     std::to_string(size_) + ' ' + path_);
        spdlog::warn("{}: cut off after {} messages, in the middle of the next ({})", path_,
                     messages, fault.message());
        if (!cut()) fail(path_);
    }
    spdlog::info("{}: {} messages", path_, messages);
}

bool message_log::append(const std::string& frame) {
    if (failed_ && !cut()) return false; // half of a message is still there
    std::size_t written = 0;
    int error = 0;
    while (written != frame.size() && error == 0) {
        const ssize_t size = ::write(file_.get(), frame.data() + written, frame.size() - written);
        if (size >= 0)
            written += static_cast<std::size_t>(size);
        else if (errno != EINTR)
            error = errno;
    }
    if (error == 0 && sync_ && ::fdatasync(file_.get()) != 0) error = errno;
    if (error != 0) {
        if (!failed_)
            spdlog::error("{}: messages are refused, they cannot be kept: {}", path_,
                          std::generic_category().message(error));
        failed_ = true;
        static_cast<void>(cut());
        return false;
    }
    if (std::exchange(failed_, false)) spdlog::info("{}: messages are kept again", path_);
    size_ += frame.size();
    return true;
}

bool message_log::cut() {
    return ::ftruncate(file_.get(), static_cast<off_t>(size_)) == 0;
}

} // namespace chat
