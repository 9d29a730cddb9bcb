// SPDX-License-Identifier: MIT
#include "support/descriptor_buffer.hpp"

#include "support/descriptor.hpp"

#include <cstddef>
#include <ios>
#include <span>
#include <system_error>
#include <utility>

descriptor_buffer::~descriptor_buffer() {
    try {
        sync();
    } catch (const std::system_error&) { // whoever wants to know of it flushes
    }
}

descriptor_buffer::int_type descriptor_buffer::underflow() {
    const std::size_t size = read_some(number_, std::as_writable_bytes(std::span(read_)), what_);
    setg(read_.data(), read_.data(), read_.data() + size);
    return size == 0 ? traits_type::eof() : traits_type::to_int_type(read_.front());
}

descriptor_buffer::int_type descriptor_buffer::overflow(int_type c) {
    const char character = traits_type::to_char_type(c);
    if (c != traits_type::eof()) xsputn(&character, 1);
    return traits_type::not_eof(c);
}

std::streamsize descriptor_buffer::xsputn(const char* text, std::streamsize size) {
    unwritten_.append(text, static_cast<std::size_t>(size));
    if (unwritten_.size() > most_) sync();
    return size;
}

int descriptor_buffer::sync() {
    write_all(number_, std::exchange(unwritten_, {}), what_);
    return 0;
}
