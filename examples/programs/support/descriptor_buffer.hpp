// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <ios>
#include <streambuf>
#include <string>

/// What a stream of the standard library reads from, or writes to: a descriptor, which is waited
/// for where it is non-blocking. Errors are thrown as std::system_error, which names `what`.
class descriptor_buffer final : public std::streambuf {
public:
    /// `most`: what may wait to be written until a flush.
    descriptor_buffer(int number, const char* what, std::size_t most = room)
        : number_(number), what_(what), most_(most) {}
    descriptor_buffer(const descriptor_buffer&) = delete;
    descriptor_buffer& operator=(const descriptor_buffer&) = delete;
    ~descriptor_buffer() override;

private:
    static constexpr std::size_t room = 64 * 1024;

    int_type underflow() override;
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

    int number_;
    const char* what_;
    std::size_t most_;
    std::array<char, room> read_{};
    std::string unwritten_;
};
