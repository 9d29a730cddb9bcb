// SPDX-License-Identifier: MIT
#include "system/signals.hpp"

#include <windows.h>

namespace signals {
namespace {

BOOL WINAPI swallow(DWORD) {
    return TRUE;
}

} // namespace

/// Who starts a program with CREATE_NEW_PROCESS_GROUP has it ignore Ctrl-C.
void begin_ordinarily() {
    ::SetConsoleCtrlHandler(nullptr, FALSE);
}

void outlive_peers() {}

void ignore_more() {
    ::SetConsoleCtrlHandler(swallow, TRUE);
}

bool is_ignored(int) {
    return false;
}

std::optional<int> of_question() {
    return std::nullopt;
}

void start_without(const std::function<void()>& start) {
    start();
}

} // namespace signals
