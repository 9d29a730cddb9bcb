// SPDX-License-Identifier: MIT
#include "support/log_sink.hpp"

#include "support/format.hpp"
#include "system/log_descriptor.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace logging {

sink::sink() : own_(own_standard_error()) {
    struct stat about {};
    is_socket_ = ::fstat(STDERR_FILENO, &about) == 0 && S_ISSOCK(about.st_mode);
}

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
        const int to = own_.get() >= 0 ? own_.get() : STDERR_FILENO;
        pollfd room{to, POLLOUT, 0};
        if (::poll(&room, 1, 0) <= 0) return false;
        const ssize_t size =
            is_socket_ ? ::send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                       : ::write(to, bytes.data(), bytes.size());
        if (size < 0 && errno != EINTR) return false;
        if (size > 0) bytes.erase(0, static_cast<std::size_t>(size));
    }
    return true;
}

} // namespace logging
