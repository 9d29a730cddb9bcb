// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor.hpp"

#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <string>

namespace logging {

/// Standard error, as the log of a server that waits for nobody who reads it: lines that cannot be
/// written are dropped and counted, and the count is said once there is room again.
class sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    sink();

private:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override {}

    [[nodiscard]] std::string line_of(const spdlog::details::log_msg& message);
    /// Returns: whether all of it has left.
    bool write(std::string& bytes);

    descriptor own_;       // to the same place, but non-blocking for us alone
    std::string rest_;     // of a line that did not leave whole
    std::size_t lost_ = 0; // lines
};

} // namespace logging
