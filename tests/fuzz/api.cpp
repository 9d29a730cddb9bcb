// SPDX-License-Identifier: MIT
// Whatever a program does with a reassembler or a decoder, in whatever order, it sees what a model
// of a few lines says.
#include <framing/framing.hpp>

#include "../helpers/demand.hpp"
#include "../helpers/fuzz_input.hpp"
#include "../helpers/fuzz_target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fuzz::api {
namespace {

using framing::errc;

constexpr framing::limits limits{.max_header_size = 64, .max_body_size = 3000, .max_depth = 4};

/// A reader in the plainest words: all that came is kept, and a frame is looked for at its front.
class model {
public:
    struct frame {
        std::string header;
        std::string body;
    };

    void take(bytes piece) {
        if (error_ == errc{}) pending_ += framing::as_text(piece);
    }
    std::optional<frame> next() {
        const std::optional<frame> found = look();
        pardoned_ = pardoned_ && !found;
        if (found)
            pending_.erase(0, framing::prefix_size + found->header.size() + found->body.size());
        return found;
    }
    void finish() {
        if (!look() && error_ == errc{} && !pending_.empty()) error_ = errc::truncated;
    }
    /// The body that is too large will be skipped.
    void pardon() {
        error_ = {};
        pardoned_ = true;
    }
    [[nodiscard]] errc error() const { return error_; }
    [[nodiscard]] std::size_t pending() const { return pending_.size(); }

private:
    std::optional<frame> look() {
        constexpr std::size_t prefix = framing::prefix_size;
        if (error_ != errc{} || pending_.size() < prefix) return std::nullopt;
        const std::size_t size =
            framing::load_prefix(framing::byte_view(pending_).bytes().first<prefix>());
        if (size == 0) return fail(errc::empty_header);
        if (size > limits.max_header_size) return fail(errc::header_too_large);
        if (pending_.size() - prefix < size) return std::nullopt;
        const std::string header = pending_.substr(prefix, size);
        framing::fault why;
        const auto view = framing::header_view::parse(header, limits, why);
        if (!view) return fail(why.code);
        const std::uint64_t body_size = view->body_size();
        if (body_size > limits.max_body_size && !pardoned_) return fail(errc::body_too_large);
        if (pending_.size() - prefix - size < body_size) return std::nullopt;
        return frame{header, pending_.substr(prefix + size, static_cast<std::size_t>(body_size))};
    }
    std::nullopt_t fail(errc code) {
        error_ = code;
        return std::nullopt;
    }

    std::string pending_;
    errc error_{};
    bool pardoned_ = false;
};

std::string frame_with_body(std::size_t size) {
    const std::string header = R"({"body_size":)" + std::to_string(size) + '}';
    return std::string{0, 0, 0, static_cast<char>(header.size())} + header + std::string(size, 'b');
}

/// What a program receives next: some of the input, or a frame that is surely good.
std::vector<std::byte> next_piece(decisions& input) {
    const std::size_t size = input.byte();
    if (size % 4 != 0) {
        const bytes piece = input.take(size);
        return {piece.begin(), piece.end()};
    }
    const std::string wire = frame_with_body(size * 10);
    const bytes whole = framing::byte_view(wire).bytes();
    const bytes piece = whole.first(whole.size() - std::min(whole.size(), size % 3 * size / 5));
    return {piece.begin(), piece.end()};
}

/// Loops over frames, leaving after `most`, and holds each against the model.
void loop(auto& frames, model& expected, std::size_t most) {
    std::string body;
    bytes view;
    const auto still_there = [&] { return body == framing::as_text(view); };
    bool left = false;
    for (const auto& frame : frames) {
        demand(still_there());
        const auto wanted = expected.next();
        demand(wanted && frame.header.text() == wanted->header && frame.text() == wanted->body);
        const auto owned = frame.copy();
        demand(owned.header.text() == wanted->header && owned.text() == wanted->body);
        body = wanted->body;
        view = frame.body;
        left = most-- == 0;
        if (left) break;
    }
    demand(left || !expected.next());
    demand(still_there());
}

void use_reassembler(decisions input) {
    using reassembler = framing::reassembler<framing::header_view>;
    reassembler incoming(limits);
    model expected;
    while (!input.empty()) {
        const std::uint8_t what = input.byte();
        const std::size_t most = what / 16 == 15 ? 1000 : what / 16;
        switch (what % 16) {
        case 0:
        case 1:
        case 2: {
            const auto piece = next_piece(input);
            expected.take(piece);
            auto frames = incoming.feed(piece);
            loop(frames, expected, most);
            break;
        }
        case 3: {
            auto piece = next_piece(input);
            expected.take(piece);
            auto frames = incoming.feed(std::move(piece));
            std::ranges::fill(piece, std::byte{'x'});
            loop(frames, expected, most);
            break;
        }
        case 4:
        case 5: {
            const auto piece = next_piece(input);
            const auto room = incoming.prepare(piece.size() + input.byte());
            const std::size_t size = std::min(piece.size(), room.size());
            demand(size == piece.size() || incoming.error());
            std::copy_n(piece.begin(), size, room.begin());
            expected.take(piece);
            auto frames = incoming.commit(size);
            loop(frames, expected, most);
            break;
        }
        case 6: {
            static_cast<void>(incoming.prepare(input.byte()));
            auto frames = incoming.commit(-1);
            loop(frames, expected, most);
            break;
        }
        case 7: static_cast<void>(incoming.prepare(std::size_t{input.byte()} << 8)); break;
        case 8:
            incoming.finish();
            expected.finish();
            break;
        case 9:
            incoming.reset();
            expected = {};
            break;
        case 10: incoming.shrink(); break;
        case 11: {
            reassembler moved(std::move(incoming));
            demand(!incoming.error() && incoming.buffered() == 0);
            for ([[maybe_unused]] const auto& frame : incoming.feed(frame_with_body(1))) break;
            incoming = std::move(moved);
            break;
        }
        default: static_cast<void>(incoming.feed(bytes{})); break; // and no loop at all
        }
        demand(incoming.error().code == expected.error());
        demand(incoming.error() || incoming.buffered() == expected.pending());
    }
}

void use_decoder(decisions input) {
    using decoder = framing::decoder<framing::header_view>;
    decoder incoming(limits);
    model expected;
    std::string body;
    bool skipped = false;
    const auto skip = [&] {
        if (incoming.error()) expected.pardon();
        incoming.skip_body();
        skipped = true;
    };
    while (!input.empty()) {
        const std::uint8_t what = input.byte();
        switch (what % 8) {
        case 0:
            incoming.finish();
            expected.finish();
            break;
        case 1:
            incoming.reset();
            expected = {};
            body.clear();
            skipped = false;
            break;
        case 2: {
            decoder moved(std::move(incoming));
            demand(!incoming.error());
            incoming = std::move(moved);
            break;
        }
        default: {
            const auto piece = next_piece(input);
            bytes rest = piece;
            for (bool more = true; more;) {
                const bytes before = rest;
                const framing::event found = incoming.next(rest);
                expected.take(before.first(before.size() - rest.size()));
                switch (found) {
                case framing::event::need_more: more = false; break;
                case framing::event::header:
                    if (what & 16) skip();
                    break;
                case framing::event::body:
                    demand(!skipped);
                    body += framing::as_text(incoming.body());
                    if (what & 32) skip();
                    break;
                case framing::event::end: {
                    const auto wanted = expected.next();
                    demand(wanted && incoming.header().text() == wanted->header);
                    demand(skipped ? wanted->body.starts_with(body) : wanted->body == body);
                    body.clear();
                    skipped = false;
                    break;
                }
                case framing::event::error:
                    demand(!expected.next() && incoming.error().code == expected.error());
                    more = incoming.error() == errc::body_too_large && (what & 64) != 0;
                    if (more) skip();
                    break;
                }
            }
            demand(incoming.error() || rest.empty());
            demand(!expected.next());
        }
        }
        demand(incoming.error().code == expected.error());
    }
}

} // namespace

void run(bytes input) {
    decisions all(input);
    if (all.byte() % 2 == 0)
        use_reassembler(all);
    else
        use_decoder(all);
}

} // namespace fuzz::api
