// SPDX-License-Identifier: MIT
#include "system/console_input.hpp"

#include "system/windows/handle.hpp"

#include <unistd.h>

#include <algorithm>
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

} // namespace

console_input& console_input::of_process() {
    static auto* const it = new console_input();
    return *it;
}

bool console_input::has_any() {
    const std::scoped_lock lock(mutex_);
    if (!reads_ahead_) {
        reads_ahead_ = true;
        std::thread(&console_input::read_ahead, this).detach();
    }
    return is_over_ || !text_.empty();
}

std::size_t console_input::read(std::span<std::byte> into) {
    std::unique_lock lock(mutex_);
    while (text_.empty() && !is_over_) {
        if (reads_ahead_) {
            changed_.wait(lock);
        } else {
            lock.unlock();
            take_line();
            lock.lock();
        }
    }
    const std::size_t size = std::min(into.size(), text_.size());
    std::memcpy(into.data(), text_.data(), size);
    text_.erase(0, size);
    return size;
}

void console_input::read_ahead() {
    for (bool is_over = false; !is_over;) {
        take_line();
        const std::scoped_lock lock(mutex_);
        is_over = is_over_;
    }
}

void console_input::take_line() {
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
