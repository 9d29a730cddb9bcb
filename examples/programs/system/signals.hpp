// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>

/// What signals mean to a process of ours, where it does not wait for them.
namespace signals {

/// Puts right what whoever started us has left behind: signals that are blocked, or a SIGCHLD that
/// is ignored, with which no child can be waited for. What cannot be written is an error from now
/// on, and never the end.
void begin_ordinarily();

/// From now on writing to who is gone is an error, and not the end.
void outlive_peers();

/// From now on no signal to end changes how this program ends. Pre: it is about to.
void ignore_more();

/// Whether whoever started us wants it ignored, as `nohup` and `&` in a script do.
[[nodiscard]] bool is_ignored(int signal);

/// By which one a program is asked how it is doing, where there is one for that.
[[nodiscard]] std::optional<int> of_question();

/// Does something that starts threads, to which no signal will come.
void start_without(const std::function<void()>& start);

} // namespace signals
