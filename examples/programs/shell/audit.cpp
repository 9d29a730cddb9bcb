// SPDX-License-Identifier: MIT
#include "shell/audit.hpp"

#include "support/log.hpp"
#include "support/message.hpp"
#include "support/timestamp.hpp"
#include "system/regular_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <system_error>

namespace {

constexpr const char* file_called = "the audit file";

std::uint64_t size_of(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot look at the audit file");
    if (status.st_nlink == 0) throw std::runtime_error("somebody has removed the audit file");
    return static_cast<std::uint64_t>(status.st_size);
}

} // namespace

audit::audit(const asio::any_io_executor& executor, const std::string& path)
    : path_(path), disk_(executor, 1) {
    try {
        file_ = open_regular_file(path, O_RDWR | O_APPEND | O_CREAT | refuse_links, 0600);
    } catch (const std::exception& error) {
        throw std::invalid_argument(std::string("--audit ") + error.what());
    }
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
        throw std::invalid_argument("--audit " + path + " is that of another server that runs");
}

asio::awaitable<std::string> audit::record(nlohmann::json entry) {
    std::string problem;
    try {
        entry["time"] = to_text(current_time());
        const std::string line = message::to_text(entry) + '\n';
        co_await disk_.run([&] { write(line); });
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) logging::error("--audit {}: {}", path_, problem);
    co_return problem;
}

void audit::write(std::string_view line) {
    const std::uint64_t size = size_of(file_.get());
    std::array<std::byte, 1> last{std::byte{'\n'}};
    if (size != 0) static_cast<void>(read_at(file_.get(), size - 1, last, file_called));
    try {
        // What a machine that failed, or a full disk, has left of a line stays one of its own.
        if (last.front() != std::byte{'\n'}) write_all(file_.get(), "\n", file_called);
        write_all(file_.get(), line, file_called);
        int result = 0;
        do result = ::fdatasync(file_.get());
        while (result != 0 && errno == EINTR);
        if (result != 0)
            throw std::system_error(errno, std::generic_category(),
                                    "cannot write the audit file to the disk");
    } catch (const std::exception&) {
        static_cast<void>(::ftruncate(file_.get(), static_cast<off_t>(size)));
        throw;
    }
}
