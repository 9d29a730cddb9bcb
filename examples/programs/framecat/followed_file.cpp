// SPDX-License-Identifier: MIT
#include "framecat/followed_file.hpp"

#include "system/file_identity.hpp"
#include "system/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace framecat {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string folder_of(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

} // namespace

followed_file::followed_file(std::string path)
    : path_(std::move(path)), changes_(folder_of(path_)) {
    watch();
}

void followed_file::watch() {
    file_ = open_regular_file(path_, O_RDONLY);
    offset_ = 0;
    changes_.watch(file_.get());
}

followed_file::news followed_file::read(std::span<std::byte> into, std::size_t& size) {
    while (true) {
        size = read_at(file_.get(), offset_, into, path_.c_str());
        offset_ += size;
        if (size != 0) return news::bytes;
        struct stat status {};
        if (::fstat(file_.get(), &status) != 0) fail("cannot look at " + path_);
        if (static_cast<std::uint64_t>(status.st_size) < offset_) {
            offset_ = 0;
            return news::truncated;
        }
        const named now = who_has(path_, file_.get());
        if (now == named::another) {
            watch();
            gone_ = false;
            return news::replaced;
        }
        if (now == named::none && !std::exchange(gone_, true)) return news::removed;
        changes_.wait();
    }
}

} // namespace framecat
