// SPDX-License-Identifier: MIT
#include "support/log_sink.hpp"

#include "support/format.hpp"
#include "system/log_descriptor.hpp"
#include "system/write_now.hpp"

#include <unistd.h>

#include <utility>

namespace logging {

sink::sink() : own_(own_standard_error()) {}

void sink::sink_it_(const spdlog::details::log_msg& message) {
    if (!write(rest_)) {
        ++lost_;
        return;
    }
    std::string lines;
    if (lost_ != 0) {
        const std::string text = std::to_string(lost_) + " lines of this log could not be written";
        lines = line_of({message.time, {}, message.logger_name, spdlog::level::warn, text});
    }
    const std::size_t lost = std::exchange(lost_, 0);
    rest_ = lines + line_of(message);
    const std::size_t size = rest_.size();
    if (write(rest_) || rest_.size() != size) return;
    rest_.clear(); // none of it has left
    lost_ = lost + 1;
}

std::string sink::line_of(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    return fmt::to_string(line);
}

bool sink::write(std::string& bytes) {
    while (!bytes.empty()) {
        const auto size = write_now(own_.get() >= 0 ? own_.get() : STDERR_FILENO, bytes);
        if (!size) return false;
        bytes.erase(0, *size);
    }
    return true;
}

} // namespace logging
