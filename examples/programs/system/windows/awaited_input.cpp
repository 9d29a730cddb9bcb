// SPDX-License-Identifier: MIT
#include "system/awaited_input.hpp"

#include "system/terminal.hpp"
#include "system/windows/handle.hpp"

#include <io.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

constexpr wchar_t ctrl_z = 26;

std::string to_utf8(std::wstring_view text) {
    const auto convert = [text](char* to, int size) {
        return ::WideCharToMultiByte(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), to,
                                     size, nullptr, nullptr);
    };
    std::string result(static_cast<std::size_t>(convert(nullptr, 0)), '\0');
    convert(result.data(), static_cast<int>(result.size()));
    std::erase(result, '\r');
    return result;
}

bool is_first_half(wchar_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}

/// Those that Windows knows say what has come, or that nobody writes any more; Wine's from outside
/// and sockets do not.
bool is_silent(int number) {
    DWORD size = 0;
    return ::GetFileType(handle_of(number)) == FILE_TYPE_PIPE &&
           ::PeekNamedPipe(handle_of(number), nullptr, 0, nullptr, &size, nullptr) == 0 &&
           ::GetLastError() != ERROR_BROKEN_PIPE;
}

} // namespace

awaited_input::awaited_input() : is_console_(terminal::is_at(STDIN_FILENO)) {}

awaited_input& awaited_input::of_process() {
    static auto* const it = new awaited_input();
    return *it;
}

/// Asked once: a call for what is being read may wait for the read.
bool awaited_input::is_at(int number) {
    static const bool result = terminal::is_at(STDIN_FILENO) || is_silent(STDIN_FILENO);
    return number == STDIN_FILENO && result;
}

bool awaited_input::has_any() {
    const std::scoped_lock lock(mutex_);
    if (!reads_ahead_) {
        reads_ahead_ = true;
        std::thread(&awaited_input::read_ahead, this).detach();
    }
    return is_over_ || !text_.empty();
}

ssize_t awaited_input::read(std::span<std::byte> into) {
    std::unique_lock lock(mutex_);
    while (text_.empty() && !is_over_) {
        if (reads_ahead_) {
            changed_.wait(lock);
        } else {
            lock.unlock();
            take();
            lock.lock();
        }
    }
    if (text_.empty() && error_ != 0) {
        errno = error_;
        return -1;
    }
    const std::size_t size = std::min(into.size(), text_.size());
    std::memcpy(into.data(), text_.data(), size);
    text_.erase(0, size);
    changed_.notify_all();
    return static_cast<ssize_t>(size);
}

void awaited_input::read_ahead() {
    std::unique_lock lock(mutex_);
    while (!is_over_) {
        lock.unlock();
        take();
        lock.lock();
        changed_.wait(lock, [this] { return text_.empty(); });
    }
}

void awaited_input::take() {
    if (is_console_)
        take_line();
    else
        take_bytes();
}

void awaited_input::take_bytes() {
    std::string piece(64 * 1024, '\0');
    const int size = ::_read(STDIN_FILENO, piece.data(), static_cast<unsigned>(piece.size()));
    const int error = size < 0 ? errno : 0;
    const std::scoped_lock lock(mutex_);
    error_ = error;
    is_over_ = size <= 0;
    if (!is_over_) text_.assign(piece, 0, static_cast<std::size_t>(size));
    changed_.notify_all();
}

void awaited_input::take_line() {
    std::wstring piece(4096, L'\0');
    DWORD size = 0;
    ::SetLastError(ERROR_SUCCESS);
    const BOOL done = ::ReadConsoleW(handle_of(STDIN_FILENO), piece.data(),
                                     static_cast<DWORD>(piece.size()), &size, nullptr);
    const bool by_ctrl_c = size == 0 && ::GetLastError() == ERROR_OPERATION_ABORTED;
    piece = half_pair_ + piece.substr(0, size);
    half_pair_.clear();
    if (!piece.empty() && is_first_half(piece.back())) {
        half_pair_ = piece.back();
        piece.pop_back();
    }
    const std::scoped_lock lock(mutex_);
    is_over_ = !by_ctrl_c && (done == 0 || piece.starts_with(ctrl_z) || size == 0);
    if (!is_over_) text_ += to_utf8(piece);
    changed_.notify_all();
}
