// SPDX-License-Identifier: MIT
#pragma once

#include "support/descriptor_buffer.hpp"

#include <unistd.h>

#include <ios>
#include <iostream>
#include <streambuf>

/// For the time of this object std::cin, std::cout and std::cerr wait where whoever shares what is
/// behind them has made it non-blocking, and an error of std::cin or std::cout is thrown as
/// std::system_error.
class standard_streams {
public:
    standard_streams() { std::cerr.tie(nullptr); } // an output that has failed would throw again

private:
    class redirected {
    public:
        redirected(std::ios& stream, std::streambuf& to, std::ios::iostate thrown)
            : stream_(stream), buffer_(stream.rdbuf(&to)), thrown_(stream.exceptions()) {
            stream_.exceptions(thrown);
        }
        redirected(const redirected&) = delete;
        redirected& operator=(const redirected&) = delete;
        ~redirected() {
            stream_.rdbuf(buffer_);
            stream_.exceptions(thrown_);
        }

    private:
        std::ios& stream_;
        std::streambuf* buffer_;
        std::ios::iostate thrown_;
    };

    descriptor_buffer input_{STDIN_FILENO, "standard input"};
    descriptor_buffer output_{STDOUT_FILENO, "the output"};
    // At once: what waits would be written where a stream cannot throw.
    descriptor_buffer errors_{STDERR_FILENO, "standard error", 0};
    redirected cin_{std::cin, input_, std::ios::badbit};
    redirected cout_{std::cout, output_, std::ios::badbit};
    redirected cerr_{std::cerr, errors_, std::ios::goodbit};
};
