// SPDX-License-Identifier: MIT
#include "framecat/decode.hpp"

#include <framing/byte_view.hpp>
#include <framing/error.hpp>

#include "framecat/dissector.hpp"
#include "framecat/file_kind.hpp"
#include "framecat/followed_file.hpp"
#include "framecat/frame_sink.hpp"
#include "framecat/input.hpp"
#include "framecat/origin.hpp"
#include "framecat/selection.hpp"
#include "framecat/wire_options.hpp"
#include "support/descriptor.hpp"
#include "support/program.hpp"
#include "support/timestamp.hpp"
#include "system/terminal.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>

namespace framecat {
namespace {

class counter final : public frame_sink {
public:
    [[nodiscard]] std::uint64_t count() const { return count_; }

    void begin(const frame_start&) override {}
    void body(std::span<const std::byte>) override {}
    void end() override { ++count_; }
    void broken(const framing::fault&, std::string_view) override {}

private:
    std::uint64_t count_ = 0;
};

/// Writes the body of one frame, byte for byte.
class raw_body final : public frame_sink {
public:
    explicit raw_body(std::uint64_t wanted) : wanted_(wanted) {}

    void begin(const frame_start& frame) override { is_it_ = frame.number == wanted_; }
    void body(std::span<const std::byte> piece) override {
        if (is_it_) write_all(STDOUT_FILENO, framing::as_text(piece));
    }
    void end() override { written_ = is_it_; }
    void broken(const framing::fault&, std::string_view) override {}
    [[nodiscard]] bool satisfied() const override { return written_; }

private:
    std::uint64_t wanted_;
    bool is_it_ = false;
    bool written_ = false;
};

/// A decode that is under way.
class decoding {
public:
    explicit decoding(const decode_options& options)
        : options_(options), wire_(options.wire), wanted_(options.conditions), sink_(make_sink()),
          filter_(wanted_, *sink_) {
        const bool holds_bodies =
            !options.count && !options.raw_body && !for_a_person(options.view);
        if (options.max_body)
            wire_.limits.max_body_size = *options.max_body;
        else if (!holds_bodies)
            wire_.limits.max_body_size = std::numeric_limits<std::uint64_t>::max();
    }

    int run() {
        const int code = options_.follow ? follow() : read();
        if (options_.count)
            write_all(STDOUT_FILENO,
                      std::to_string(static_cast<const counter&>(*sink_).count()) + '\n');
        if (code == program::done && options_.raw_body && !sink_->satisfied())
            throw std::runtime_error("there is no frame " + std::to_string(*options_.raw_body) +
                                     ": they are counted from 0, and there are " +
                                     std::to_string(frames_));
        return code;
    }

private:
    std::unique_ptr<frame_sink> make_sink() {
        if (options_.count) return std::make_unique<counter>();
        if (options_.raw_body) return std::make_unique<raw_body>(*options_.raw_body);
        origin from;
        if (options_.follow) from.clock = current_time;
        return make_view(options_.view, from, [this](std::string_view text) { text_ += text; });
    }

    int read() {
        byte_input input(options_.file);
        dissector frames(wire_, filter_);
        while (const std::size_t size = input.read(chunk_))
            if (!feed(frames, size)) break;
        const bool good = finish(frames);
        frames_ = frames.frames();
        return good ? program::done : program::failed;
    }

    int follow() {
        followed_file file(options_.file);
        auto frames = std::make_unique<dissector>(wire_, filter_);
        while (true) {
            std::size_t size = 0;
            const followed_file::news what = file.read(chunk_, size);
            if (what == followed_file::news::bytes) {
                if (feed(*frames, size)) continue;
                return finish(*frames) ? program::done : program::failed;
            }
            if (what == followed_file::news::removed) {
                program::complain(options_.file + " was removed: waiting for another");
                continue;
            }
            finish(*frames);
            program::complain(options_.file + (what == followed_file::news::truncated
                                                   ? " was truncated: going on at its beginning"
                                                   : " is another file now: going on with that"));
            frames = std::make_unique<dissector>(wire_, filter_);
        }
    }

    bool feed(dissector& frames, std::size_t size) {
        const bool more = frames.feed(std::span(chunk_).first(size));
        flush();
        return more;
    }

    /// Returns: whether all was well.
    bool finish(dissector& frames) {
        if (filter_.satisfied()) return true;
        const framing::fault& fault = frames.finish();
        flush();
        if (!fault) return true;
        const std::string_view advice =
            fault.offset == 0 ? advice_on(frames.opening()) : std::string_view();
        if (!advice.empty())
            program::complain(fault.message() + "; " + std::string(advice));
        else if (!for_a_person(options_.view) || options_.count || options_.raw_body)
            program::complain(fault.message()); // which no view has said
        return false;
    }

    void flush() {
        write_all(STDOUT_FILENO, text_);
        text_.clear();
    }

    const decode_options& options_;
    wire_options wire_;
    selection wanted_;
    std::string text_; // not written yet
    std::unique_ptr<frame_sink> sink_;
    filter filter_;
    std::uint64_t frames_ = 0;
    std::array<std::byte, 64 * 1024> chunk_{};
};

} // namespace

void add_options(command_line& line, decode_options& options) {
    line.add("FILE", options.file, "a file, or - for standard input; also a hex dump of either");
    add_options(line, options.view);
    auto full = line.add_flag("--full", options.view.full, "as --pretty, and nothing is cut");
    line.add("--select", options.conditions,
             "only frames whose header has this member, such as type=said")
        .named("MEMBER=VALUE")
        .one_each();
    auto raw = line.add("--raw-body", options.raw_body,
                        "write the body of this frame, byte for byte, and nothing else")
                   .named("N");
    auto count = line.add_flag("--count", options.count, "say how many frames there are");
    auto follow =
        line.add_flag("--follow", options.follow, "wait for what is added to the file, as tail -F");
    raw.excludes(count);
    raw.excludes(full);
    count.excludes(full);
    follow.excludes(count);
    follow.excludes(raw);
    add_options(line, options.wire);
    line.add("--max-body", options.max_body,
             "of a body [16M in lines of JSON, which need it in memory]")
        .in_bytes()
        .between(0, most_size);
    line.add_note("Frames are counted from 0. A terminal gets a view to be read, a pipe one JSON "
                  "object a line.");
    line.add_example("framecat decode stream.bin", "look at the frames of a file");
    line.add_example("framecat decode --text --select type=said chat.frames | jq .text",
                     "what was said, as lines of JSON");
}

int decode(const decode_options& options) {
    if (options.follow && options.file == "-")
        throw std::invalid_argument("--follow needs a FILE: standard input is read to its end "
                                    "anyhow");
    if (options.raw_body && !options.conditions.empty())
        throw std::invalid_argument("--raw-body says which frame; --select is for others");
    if (options.raw_body && terminal::is_at(STDOUT_FILENO))
        throw std::invalid_argument("--raw-body writes bytes as they are, which a terminal may "
                                    "take for orders: send them to a file, as in > FILE");
    return decoding(options).run();
}

} // namespace framecat
