// SPDX-License-Identifier: MIT
#pragma once

#include <framing/framing.hpp>

#include "chat_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace helpers {

inline std::string text_of(const framing::header_view& header) {
    return std::string(header.text());
}
template <class Json>
requires framing::detail::is_basic_json<Json> std::string text_of(const Json& header) {
    return header.dump();
}
inline std::string text_of(const chat& header) {
    return header.type + '|' + header.from + '|' + std::to_string(header.seq);
}

/// All that a stream came to.
struct outcome {
    struct one_frame {
        std::string header;
        std::string body;
        friend bool operator==(const one_frame&, const one_frame&) = default;
    };
    std::vector<one_frame> frames;
    framing::fault error;

    friend bool operator==(const outcome& a, const outcome& b) {
        return a.frames == b.frames && a.error.code == b.error.code &&
               a.error.part == b.error.part && a.error.offset == b.error.offset &&
               a.error.frame == b.error.frame && a.error.declared == b.error.declared &&
               a.error.limit == b.error.limit && a.error.position == b.error.position &&
               a.error.message() == b.error.message();
    }
    friend std::ostream& operator<<(std::ostream& out, const outcome& o) {
        for (const auto& frame : o.frames) out << frame.header << " + " << frame.body << '\n';
        return out << o.error.message();
    }
};

/// The pieces of a stream, each in an allocation of its own size, so that a sanitizer sees every
/// look beyond its end.
class pieces {
public:
    pieces(std::string_view wire, const std::vector<std::size_t>& cuts) {
        std::size_t from = 0;
        for (const std::size_t cut : cuts) {
            add(wire.substr(from, cut - from));
            from = cut;
        }
        add(wire.substr(from));
    }
    [[nodiscard]] const std::vector<std::vector<char>>& all() const { return pieces_; }

private:
    void add(std::string_view piece) {
        pieces_.emplace_back(piece.begin(), piece.end()).shrink_to_fit();
    }
    std::vector<std::vector<char>> pieces_;
};

template <class Header>
void collect(outcome& into, const framing::frame<Header>& frame) {
    into.frames.push_back({text_of(frame.header), std::string(frame.text())});
}

template <class Header, class Format = framing::formats::standard>
outcome by_feed(std::string_view wire, const std::vector<std::size_t>& cuts,
                const framing::limits& limits = {}) {
    outcome result;
    framing::reassembler<Header, Format> incoming(limits);
    const pieces input(wire, cuts);
    for (const auto& piece : input.all())
        for (const auto& frame : incoming.feed(piece)) collect(result, frame);
    result.error = incoming.finish();
    return result;
}

template <class Header, class Format = framing::formats::standard>
outcome by_prepare(std::string_view wire, const std::vector<std::size_t>& cuts,
                   const framing::limits& limits = {}) {
    outcome result;
    framing::reassembler<Header, Format> incoming(limits);
    const pieces input(wire, cuts);
    for (const auto& piece : input.all()) {
        // recv may be offered more than it fills, and nothing is offered after an error
        const auto room = incoming.prepare(piece.size() + 7);
        const std::size_t size = room.empty() ? 0 : piece.size();
        if (size != 0) std::memcpy(room.data(), piece.data(), size);
        for (const auto& frame : incoming.commit(size)) collect(result, frame);
    }
    result.error = incoming.finish();
    return result;
}

/// Frames asked for one by one.
template <class Header, class Format = framing::formats::standard>
outcome by_next(std::string_view wire, const std::vector<std::size_t>& cuts,
                const framing::limits& limits = {}) {
    outcome result;
    framing::reassembler<Header, Format> incoming(limits);
    const pieces input(wire, cuts);
    for (const auto& piece : input.all()) {
        static_cast<void>(incoming.feed(piece));
        while (const auto* frame = incoming.next()) collect(result, *frame);
    }
    result.error = incoming.finish();
    return result;
}

/// As by_next, but all bodies are read in pieces.
template <class Header, class Format = framing::formats::standard>
outcome by_head(std::string_view wire, const std::vector<std::size_t>& cuts,
                const framing::limits& limits = {}) {
    outcome result;
    framing::reassembler<Header, Format> incoming(limits);
    const pieces input(wire, cuts);
    std::optional<outcome::one_frame> frame; // whose body is being read
    for (const auto& piece : input.all()) {
        const auto fed = incoming.feed(piece);
        while (true) {
            if (!frame) {
                const auto* head = incoming.next_head(limits.max_body_size);
                if (head == nullptr) break;
                frame = {text_of(head->header), {}};
            }
            const auto part = incoming.next_piece();
            if (!part) break;
            frame->body += framing::as_text(*part);
            if (part->empty()) result.frames.push_back(*std::exchange(frame, {}));
        }
    }
    result.error = incoming.finish();
    return result;
}

template <class Header, class Format = framing::formats::standard>
outcome by_decoder(std::string_view wire, const std::vector<std::size_t>& cuts,
                   const framing::limits& limits = {}) {
    outcome result;
    framing::decoder<Header, Format> decoder(limits);
    outcome::one_frame frame;
    const pieces input(wire, cuts);
    for (const auto& piece : input.all()) {
        auto rest = framing::byte_view(piece).bytes();
        for (bool done = false; !done;) {
            switch (decoder.next(rest)) {
            case framing::event::need_more: done = true; break;
            case framing::event::header: frame = {text_of(decoder.header()), {}}; break;
            case framing::event::body: frame.body += framing::as_text(decoder.body()); break;
            case framing::event::end: result.frames.push_back(frame); break;
            case framing::event::error: done = true; break;
            }
        }
    }
    result.error = decoder.finish();
    return result;
}

/// One cut after every byte.
inline std::vector<std::size_t> bytewise(std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < size; ++i) cuts.push_back(i);
    return cuts;
}

/// Up to `most` cuts at random places; the same place twice makes an empty piece.
inline std::vector<std::size_t> random_cuts(std::mt19937& random, std::size_t size,
                                            std::size_t most) {
    std::vector<std::size_t> cuts(random() % (most + 1));
    for (std::size_t& cut : cuts) cut = random() % (size + 1);
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

} // namespace helpers
