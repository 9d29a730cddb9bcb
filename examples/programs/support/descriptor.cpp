// SPDX-License-Identifier: MIT
#include "support/descriptor.hpp"

#include "system/descriptor_calls.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace {

[[noreturn]] void fail(const char* failed, const char* what) {
    throw std::system_error(errno, std::generic_category(), std::string(failed) + what);
}

/// Makes a system call again where a signal has interrupted it, and once a descriptor that whoever
/// shares it has made non-blocking is ready.
template <class Call>
std::size_t repeat(int number, Call call, void (*wait)(int), const char* failed, const char* what) {
    while (true) {
        const ssize_t size = call();
        if (size >= 0) return static_cast<std::size_t>(size);
        if (errno == EAGAIN)
            wait(number);
        else if (errno != EINTR)
            fail(failed, what);
    }
}

template <class Call>
std::size_t repeat_reading(int from, Call call, const char* what) {
    return repeat(from, call, descriptor_calls::wait_for_input, "cannot read ", what);
}

template <class Call>
std::size_t repeat_writing(int to, Call call, const char* what) {
    return repeat(to, call, descriptor_calls::wait_for_room, "cannot write ", what);
}

} // namespace

std::size_t read_some(int from, std::span<std::byte> into, const char* what) {
    return repeat_reading(
        from, [&] { return descriptor_calls::read(from, into); }, what);
}

std::size_t read_at(int from, std::uint64_t place, std::span<std::byte> into, const char* what) {
    return repeat_reading(
        from, [&] { return descriptor_calls::read_at(from, place, into); }, what);
}

void write_all(int to, std::string_view bytes, const char* what) {
    while (!bytes.empty())
        bytes.remove_prefix(repeat_writing(
            to, [&] { return descriptor_calls::write(to, bytes); }, what));
}

void write_at(int to, std::uint64_t place, std::span<const std::byte> bytes, const char* what) {
    while (!bytes.empty()) {
        const std::size_t size = repeat_writing(
            to, [&] { return descriptor_calls::write_at(to, place, bytes); }, what);
        bytes = bytes.subspan(size);
        place += size;
    }
}

std::size_t write_some(int to, std::string_view bytes, const char* what) {
    const ssize_t size = descriptor_calls::write(to, bytes);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EAGAIN && errno != EINTR) fail("cannot write ", what);
    return 0;
}
