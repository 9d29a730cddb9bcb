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

using reassembler = framing::reassembler<framing::header_view>;

constexpr framing::limits limits{.max_header_size = 64, .max_body_size = 2000, .max_depth = 4};

/// A reader in the plainest words: all that came is kept, and a frame is looked for at its front.
class model {
public:
    struct head {
        std::string header;
        std::uint64_t body_size;
    };
    struct frame {
        std::string header;
        std::string body;
    };

    void take(bytes piece) {
        if (!error_) pending_ += framing::as_text(piece);
    }
    std::optional<frame> next() {
        if (!drop_body()) return std::nullopt;
        const auto found = look(limits.max_body_size);
        if (!found || !is_whole(*found)) return std::nullopt;
        start_body(*found);
        frame whole{found->header, pending_.substr(0, static_cast<std::size_t>(*left_))};
        drop_body();
        return whole;
    }
    std::optional<head> next_head(std::uint64_t max_body_size) {
        if (!drop_body()) return std::nullopt;
        const auto found = look(max_body_size);
        if (found) start_body(*found);
        return found;
    }
    /// Whether that can be the next piece: it may end wherever the library likes.
    bool take_piece(const std::optional<bytes>& piece) {
        if (body_left() == 0) return piece && piece->empty() && drop_body();
        if (pending_.empty()) return !piece;
        if (!piece || piece->empty() || piece->size() > body_left()) return false;
        if (!pending_.starts_with(framing::as_text(*piece))) return false;
        drop(piece->size());
        return true;
    }
    void finish() {
        if (body_left() == 0) drop_body();
        if (left_) {
            if (*left_ > pending_.size()) fail(errc::truncated);
        } else {
            const auto found = look(limits.max_body_size);
            if (!(found && is_whole(*found)) && !pending_.empty()) fail(errc::truncated);
        }
    }
    /// The body that is too large will be skipped.
    void pardon() {
        error_ = {};
        judged_ = true;
    }
    /// Whether that is what is wrong, and where, and how much is missing.
    [[nodiscard]] bool agrees(const framing::fault& error) const {
        return error.code == error_.code && error.offset == error_.offset &&
               error.frame == error_.frame &&
               (error != errc::truncated ||
                error.declared - error.position == error_.declared - error_.position);
    }
    [[nodiscard]] std::size_t pending() const { return pending_.size(); }
    [[nodiscard]] std::uint64_t body_left() const { return left_.value_or(0); }

private:
    static constexpr std::size_t prefix = framing::prefix_size;

    std::optional<head> look(std::uint64_t max_body_size) {
        needed_ = prefix;
        if (error_ || pending_.size() < needed_) return std::nullopt;
        const std::size_t size =
            framing::load_prefix(framing::byte_view(pending_).bytes().first<prefix>());
        if (size == 0) return fail(errc::empty_header);
        if (size > limits.max_header_size) return fail(errc::header_too_large);
        needed_ += size;
        if (pending_.size() < needed_) return std::nullopt;
        const std::string header = pending_.substr(prefix, size);
        framing::fault why;
        const auto view = framing::header_view::parse(header, limits, why);
        if (!view) return fail(why.code);
        const std::uint64_t body_size = view->body_size();
        if (body_size > max_body_size && !judged_) return fail(errc::body_too_large);
        judged_ = true;
        needed_ += body_size;
        return head{header, body_size};
    }
    [[nodiscard]] bool is_whole(const head& found) const {
        return pending_.size() - prefix - found.header.size() >= found.body_size;
    }
    void start_body(const head& found) {
        pending_.erase(0, prefix + found.header.size());
        left_ = found.body_size;
    }
    void drop(std::size_t size) {
        pending_.erase(0, size);
        *left_ -= size;
    }
    /// Returns: whether no body is being read any more.
    bool drop_body() {
        if (!left_) return true;
        drop(static_cast<std::size_t>(std::min<std::uint64_t>(*left_, pending_.size())));
        if (*left_ != 0) return false;
        left_.reset();
        judged_ = false;
        offset_ += needed_;
        ++frame_;
        return true;
    }
    std::nullopt_t fail(errc code) {
        const std::uint64_t size = left_.value_or(needed_);
        if (!error_) error_ = {code, {}, offset_, frame_, size, 0, pending_.size()};
        return std::nullopt;
    }

    std::string pending_;
    framing::fault error_;
    std::uint64_t offset_ = 0; // of the frame at hand
    std::uint64_t frame_ = 0;
    std::uint64_t needed_ = 0;          // how long that frame is, as far as is known
    bool judged_ = false;               // its body may be as large as it is
    std::optional<std::uint64_t> left_; // of its body, when that is read in pieces
};

/// What was given out and has to stay as it is.
class views {
public:
    void add(bytes view) { views_.emplace_back(view, framing::as_text(view)); }
    void let_go() {
        for (const auto& [view, text] : views_) demand(framing::as_text(view) == text);
        views_.clear();
    }

private:
    std::vector<std::pair<bytes, std::string>> views_;
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

void check(const framing::frame<framing::header_view>* found,
           const std::optional<model::frame>& wanted, views& given) {
    demand((found != nullptr) == wanted.has_value());
    if (found == nullptr) return;
    demand(found->header.text() == wanted->header && found->text() == wanted->body);
    const auto owned = found->copy();
    demand(owned.header.text() == wanted->header && owned.text() == wanted->body);
    given.add(found->body);
}

/// Asks for a frame, for the head of one, or for a piece of its body.
void ask(reassembler& incoming, model& expected, std::uint8_t what, views& given) {
    switch (what % 4) {
    case 0: check(incoming.next(), expected.next(), given); break;
    case 1: {
        const std::uint64_t most = ~std::uint64_t{} >> what / 4;
        const auto* head = incoming.next_head(most);
        const auto wanted = expected.next_head(most);
        demand((head != nullptr) == wanted.has_value());
        demand(!wanted ||
               (head->header.text() == wanted->header && head->body_size == wanted->body_size));
        break;
    }
    default: {
        const std::size_t most = what / 4;
        const auto piece = most == 0 ? incoming.next_piece() : incoming.next_piece(most);
        demand(most == 0 || !piece || piece->size() <= most);
        demand(expected.take_piece(piece));
        if (piece) given.add(*piece);
    }
    }
    demand(incoming.body_left() == expected.body_left());
    demand(expected.agrees(incoming.error()));
}

/// Loops over frames, leaving after `most`, and holds each against the model. Between the steps it
/// asks for what `script` says, up to a 0.
void loop(reassembler& incoming, auto& frames, model& expected, std::size_t most,
          decisions script) {
    views given;
    const auto follow_script = [&] {
        while (const std::uint8_t what = script.byte()) ask(incoming, expected, what, given);
    };
    follow_script();
    bool left = false;
    for (const auto& frame : frames) {
        check(&frame, expected.next(), given);
        follow_script();
        left = most-- == 0;
        if (left) break;
    }
    demand(left || !expected.next());
    // A loop over bytes that bring nothing to its end, or come after an error, may leave it to the
    // next call to drop what is left of a body.
    if (!left && incoming.body_left() != 0) demand(incoming.next() == nullptr);
    given.let_go();
}

void use_reassembler(decisions input) {
    reassembler incoming(limits);
    model expected;
    views given;
    decisions script({});
    while (!input.empty()) {
        const std::uint8_t what = input.byte();
        const std::size_t most = what / 16 == 15 ? 1000 : what / 16;
        if (what % 16 != 8 && what % 16 != 12 && what % 16 != 13) given.let_go();
        switch (what % 16) {
        case 0:
        case 1:
        case 2: {
            const auto piece = next_piece(input);
            expected.take(piece);
            auto frames =
                what % 16 == 2 ? incoming.feed(piece.data(), piece.size()) : incoming.feed(piece);
            loop(incoming, frames, expected, most, script);
            break;
        }
        case 3: {
            auto piece = next_piece(input);
            expected.take(piece);
            auto frames = incoming.feed(std::move(piece));
            std::ranges::fill(piece, std::byte{'x'});
            loop(incoming, frames, expected, most, script);
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
            loop(incoming, frames, expected, most, script);
            break;
        }
        case 6: {
            static_cast<void>(incoming.prepare(input.byte()));
            auto frames = incoming.commit(-1);
            loop(incoming, frames, expected, most, script);
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
            demand(!incoming.error() && incoming.buffered() == 0 && incoming.body_left() == 0);
            for ([[maybe_unused]] const auto& frame : incoming.feed(frame_with_body(1))) break;
            static_cast<void>(incoming.feed(frame_with_body(9)));
            demand(incoming.next_head(9) != nullptr && incoming.body_left() == 9);
            incoming = std::move(moved);
            break;
        }
        case 12: script = decisions(input.take(most)); break;
        case 13: ask(incoming, expected, input.byte(), given); break;
        case 14: {
            const auto read = next_piece(input);
            if (incoming.error() || incoming.buffered() != 0 || incoming.body_left() == 0) break;
            const bytes piece = bytes(read).first(static_cast<std::size_t>(
                std::min<std::uint64_t>(read.size(), incoming.body_left())));
            expected.take(piece);
            demand(piece.empty() || expected.take_piece(piece));
            incoming.pass_piece(piece.size());
            break;
        }
        default: static_cast<void>(incoming.feed(bytes{})); break; // and no loop at all
        }
        demand(expected.agrees(incoming.error()));
        demand(incoming.error() || incoming.buffered() == expected.pending());
        demand(incoming.body_left() == expected.body_left());
    }
    given.let_go();
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
                    demand(!expected.next() && expected.agrees(incoming.error()));
                    more = incoming.error() == errc::body_too_large && (what & 64) != 0;
                    if (more) skip();
                    break;
                }
            }
            demand(incoming.error() || rest.empty());
            demand(!expected.next());
        }
        }
        demand(expected.agrees(incoming.error()));
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
