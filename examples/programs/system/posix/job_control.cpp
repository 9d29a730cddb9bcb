// SPDX-License-Identifier: MIT
#include "system/job_control.hpp"

#include "support/tasks.hpp"

#include <csignal>

void obey(asio::signal_set& signals, int signal) {
    for (const int each : {signal, SIGCONT}) signals.remove(each);
    ::raise(signal);
    tasks::heed(signals, signal, SIGCONT);
}
