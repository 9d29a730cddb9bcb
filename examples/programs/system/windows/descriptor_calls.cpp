// SPDX-License-Identifier: MIT
#include "system/descriptor_calls.hpp"

#include "system/awaited_input.hpp"
#include "system/windows/handle.hpp"

#include <fcntl.h>
#include <io.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace descriptor_calls {
namespace {

/// What is read and written there at once.
unsigned at_once(std::size_t size) {
    return static_cast<unsigned>(std::min<std::size_t>(size, INT_MAX));
}

OVERLAPPED place_in_file(std::uint64_t place) {
    OVERLAPPED result{};
    result.Offset = static_cast<DWORD>(place);
    result.OffsetHigh = static_cast<DWORD>(place >> 32);
    return result;
}

/// Returns: the result of a call that was or was not done.
ssize_t outcome(BOOL done, DWORD size) {
    if (done != 0) return static_cast<ssize_t>(size);
    if (::GetLastError() == ERROR_HANDLE_EOF) return 0;
    errno = ::GetLastError() == ERROR_DISK_FULL ? ENOSPC : EIO;
    return -1;
}

} // namespace

int open(const char* path) {
    return ::_open(path, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
}

ssize_t read(int from, std::span<std::byte> into) {
    if (awaited_input::is_at(from)) return awaited_input::of_process().read(into);
    return ::_read(from, into.data(), at_once(into.size()));
}

ssize_t read_at(int from, std::uint64_t place, std::span<std::byte> into) {
    OVERLAPPED where = place_in_file(place);
    DWORD size = 0;
    const BOOL done = ::ReadFile(handle_of(from), into.data(), at_once(into.size()), &size, &where);
    return outcome(done, size);
}

ssize_t write(int to, std::string_view bytes) {
    return ::_write(to, bytes.data(), at_once(bytes.size()));
}

ssize_t write_at(int to, std::uint64_t place, std::span<const std::byte> bytes) {
    OVERLAPPED where = place_in_file(place);
    DWORD size = 0;
    const BOOL done =
        ::WriteFile(handle_of(to), bytes.data(), at_once(bytes.size()), &size, &where);
    return outcome(done, size);
}

/// Those of ours wait anyhow.
void wait_for_input(int) {}
void wait_for_room(int) {}

bool has_input(int number) {
    if (awaited_input::is_at(number)) return awaited_input::of_process().has_any();
    DWORD size = 0;
    return ::GetFileType(handle_of(number)) != FILE_TYPE_PIPE ||
           ::PeekNamedPipe(handle_of(number), nullptr, 0, nullptr, &size, nullptr) == 0 ||
           size != 0;
}

/// No pipe says how much room it has.
bool has_room(int) {
    return true;
}

void take_input_as_bytes() {
    ::_setmode(STDIN_FILENO, _O_BINARY);
}

} // namespace descriptor_calls
