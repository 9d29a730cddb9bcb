// SPDX-License-Identifier: MIT
// The core as a page calls it: readers of streams and an encoder, by functions of numbers and
// pointers. What a function takes besides is written to input() before.
#include <framing/byte_view.hpp>
#include <framing/datagram.hpp>
#include <framing/decoder.hpp>
#include <framing/encoder.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/reassembler.hpp>
#include <framing/version.hpp>
#include <framing/wire.hpp>

#include <emscripten.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using framing::header_view;

/// A frame, as far as it has come.
struct seen_frame {
    std::string header;
    std::string body;
    std::uint64_t body_size = 0;
    bool whole = false;
};

class reader {
public:
    reader() = default;
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    virtual ~reader() = default;

    virtual void feed(std::span<const std::byte> bytes) = 0;
    virtual void finish() {}
    [[nodiscard]] virtual const framing::fault& error() const = 0;
    [[nodiscard]] virtual std::size_t buffered() const { return 0; }

    std::vector<seen_frame> frames;

protected:
    void add_whole(const framing::frame<header_view>& frame) {
        frames.push_back(
            {std::string(frame.header.text()), std::string(frame.text()), frame.body.size(), true});
    }
};

/// What a program gets that reads whole frames.
template <class Format>
class stream_reader final : public reader {
public:
    explicit stream_reader(const framing::limits& limits) : incoming_(limits) {}

    void feed(std::span<const std::byte> bytes) override {
        for (const auto& frame : incoming_.feed(bytes)) add_whole(frame);
    }
    void finish() override { incoming_.finish(); }
    [[nodiscard]] const framing::fault& error() const override { return incoming_.error(); }
    [[nodiscard]] std::size_t buffered() const override { return incoming_.buffered(); }

private:
    framing::reassembler<header_view, Format> incoming_;
};

/// What a stream shows, frames that are not whole too.
template <class Format>
class piece_reader final : public reader {
public:
    explicit piece_reader(const framing::limits& limits) : decoder_(limits) {}

    void feed(std::span<const std::byte> bytes) override {
        while (true) {
            switch (decoder_.next(bytes)) {
            case framing::event::header:
                frames.push_back({std::string(decoder_.header().text()), {}, decoder_.body_size()});
                break;
            case framing::event::body:
                frames.back().body += framing::as_text(decoder_.body());
                break;
            case framing::event::end: frames.back().whole = true; break;
            case framing::event::need_more:
            case framing::event::error: return;
            }
        }
    }
    void finish() override { decoder_.finish(); }
    [[nodiscard]] const framing::fault& error() const override { return decoder_.error(); }

private:
    framing::decoder<header_view, Format> decoder_;
};

template <class Format>
class datagram_reader final : public reader {
public:
    explicit datagram_reader(const framing::limits& limits) : limits_(limits) {}

    void feed(std::span<const std::byte> bytes) override {
        const auto frame = framing::decode_datagram<header_view, Format>(bytes, fault_, limits_);
        if (frame) add_whole(*frame);
    }
    [[nodiscard]] const framing::fault& error() const override { return fault_; }

private:
    framing::limits limits_;
    framing::fault fault_;
};

enum class reader_kind { stream, pieces, datagram };

template <class Format>
std::unique_ptr<reader> make_reader(reader_kind kind, const framing::limits& limits) {
    switch (kind) {
    case reader_kind::stream: return std::make_unique<stream_reader<Format>>(limits);
    case reader_kind::pieces: return std::make_unique<piece_reader<Format>>(limits);
    case reader_kind::datagram: break;
    }
    return std::make_unique<datagram_reader<Format>>(limits);
}

template <class Format>
std::string encode_as(std::string_view header_text, std::string_view body, std::string& wire) {
    const framing::limits limits;
    framing::fault fault;
    const auto header = header_view::parse(header_text, limits, fault);
    if (!header) return fault.message();
    framing::encoder<header_view, Format> encoder(limits);
    const std::error_code error = encoder.encode(*header, body, wire);
    return error ? error.message() : std::string();
}

std::vector<std::byte> input_bytes;
std::string wire;
std::string message;

} // namespace

extern "C" {

/// Room for `size` bytes that the next call takes.
EMSCRIPTEN_KEEPALIVE std::byte* input(std::size_t size) {
    input_bytes.resize(size);
    return input_bytes.data();
}

EMSCRIPTEN_KEEPALIVE const char* version() {
    message = std::to_string(FRAMING_VERSION_MAJOR) + '.' + std::to_string(FRAMING_VERSION_MINOR) +
              '.' + std::to_string(FRAMING_VERSION_PATCH);
    return message.c_str();
}

/// The header length that the first four bytes of input() say.
EMSCRIPTEN_KEEPALIVE std::uint32_t header_length(bool lesson) {
    return framing::load_prefix(std::span(input_bytes).first<framing::prefix_size>(),
                                lesson ? std::endian::little : std::endian::big);
}

/// Makes a frame of input(): the header, then the body. Returns: "", or what is wrong with it.
EMSCRIPTEN_KEEPALIVE const char* encode(bool lesson, std::size_t header_size) {
    const std::string_view text = framing::as_text(input_bytes);
    const std::string_view header = text.substr(0, header_size);
    const std::string_view body = text.substr(header_size);
    wire.clear();
    message = lesson ? encode_as<framing::formats::lesson>(header, body, wire)
                     : encode_as<framing::formats::standard>(header, body, wire);
    return message.c_str();
}
EMSCRIPTEN_KEEPALIVE const char* wire_data() {
    return wire.data();
}
EMSCRIPTEN_KEEPALIVE std::size_t wire_size() {
    return wire.size();
}

EMSCRIPTEN_KEEPALIVE reader* reader_new(int kind, bool lesson, std::size_t max_header_size,
                                        std::uint64_t max_body_size, std::size_t max_depth) {
    const framing::limits limits{max_header_size, max_body_size, max_depth};
    const auto of = static_cast<reader_kind>(kind);
    return (lesson ? make_reader<framing::formats::lesson>(of, limits)
                   : make_reader<framing::formats::standard>(of, limits))
        .release();
}
EMSCRIPTEN_KEEPALIVE void reader_delete(reader* from) {
    delete from;
}

/// Takes input().
EMSCRIPTEN_KEEPALIVE void reader_feed(reader* from) {
    from->feed(input_bytes);
}
EMSCRIPTEN_KEEPALIVE void reader_finish(reader* from) {
    from->finish();
}
EMSCRIPTEN_KEEPALIVE std::size_t reader_buffered(const reader* from) {
    return from->buffered();
}

EMSCRIPTEN_KEEPALIVE std::size_t frame_count(const reader* from) {
    return from->frames.size();
}
EMSCRIPTEN_KEEPALIVE const seen_frame* frame_at(const reader* from, std::size_t index) {
    return &from->frames[index];
}
EMSCRIPTEN_KEEPALIVE const char* frame_header(const seen_frame* frame) {
    return frame->header.data();
}
EMSCRIPTEN_KEEPALIVE std::size_t frame_header_size(const seen_frame* frame) {
    return frame->header.size();
}
EMSCRIPTEN_KEEPALIVE const char* frame_body(const seen_frame* frame) {
    return frame->body.data();
}
EMSCRIPTEN_KEEPALIVE std::size_t frame_body_came(const seen_frame* frame) {
    return frame->body.size();
}
EMSCRIPTEN_KEEPALIVE std::uint64_t frame_body_size(const seen_frame* frame) {
    return frame->body_size;
}
EMSCRIPTEN_KEEPALIVE bool frame_is_whole(const seen_frame* frame) {
    return frame->whole;
}

/// What is wrong, or null.
EMSCRIPTEN_KEEPALIVE const framing::fault* reader_fault(const reader* from) {
    return from->error() ? &from->error() : nullptr;
}
EMSCRIPTEN_KEEPALIVE const char* fault_name(const framing::fault* fault) {
    message = framing::name(fault->code);
    return message.c_str();
}
EMSCRIPTEN_KEEPALIVE int fault_part(const framing::fault* fault) {
    return static_cast<int>(fault->part);
}
EMSCRIPTEN_KEEPALIVE std::uint64_t fault_offset(const framing::fault* fault) {
    return fault->offset;
}
EMSCRIPTEN_KEEPALIVE std::uint64_t fault_frame(const framing::fault* fault) {
    return fault->frame;
}
EMSCRIPTEN_KEEPALIVE std::uint64_t fault_declared(const framing::fault* fault) {
    return fault->declared;
}
EMSCRIPTEN_KEEPALIVE std::uint64_t fault_limit(const framing::fault* fault) {
    return fault->limit;
}
EMSCRIPTEN_KEEPALIVE std::uint64_t fault_position(const framing::fault* fault) {
    return fault->position;
}
EMSCRIPTEN_KEEPALIVE const char* fault_message(const framing::fault* fault) {
    message = fault->message();
    return message.c_str();
}

} // extern "C"
