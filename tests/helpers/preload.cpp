// SPDX-License-Identifier: MIT
// Preloaded into a server: its wall clock is wrong and its memory runs out as a test wants it, by
// two numbers in the file that FAULTS names.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

struct faults {
    std::atomic<std::int64_t> wrong_by;    // seconds
    std::atomic<std::int64_t> allocations; // that many more succeed, then one does not; -1: all do
};

faults* wanted = nullptr;

[[gnu::constructor]] void find_faults() {
    const char* path = std::getenv("FAULTS");
    const int file = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void* memory = ::mmap(nullptr, sizeof(faults), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (memory != MAP_FAILED) wanted = static_cast<faults*>(memory);
}

} // namespace

extern "C" {

void* __libc_malloc(std::size_t size);

void* malloc(std::size_t size) {
    if (wanted && wanted->allocations >= 0 && wanted->allocations-- == 0) {
        errno = ENOMEM;
        return nullptr;
    }
    return __libc_malloc(size);
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const long result = ::syscall(SYS_clock_gettime, clock, now);
    if (wanted && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += wanted->wrong_by;
    return static_cast<int>(result);
}
}
