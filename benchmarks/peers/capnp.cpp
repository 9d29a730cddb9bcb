// SPDX-License-Identifier: MIT
// Cap'n Proto's framed messages: a segment table, and a struct that has one field of bytes.
#include "support/bodies.hpp"

#include <benchmark/benchmark.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/io.h>
#include <peers/capnp.capnp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace {

using bench::bytes_view;

const kj::byte* as_kj(const std::byte* bytes) {
    return reinterpret_cast<const kj::byte*>(bytes);
}

void set_body(capnp::MessageBuilder& message, bytes_view body) {
    message.initRoot<Frame>().setBody(kj::arrayPtr(as_kj(body.data()), body.size()));
}

std::uint64_t touch(Frame::Reader frame) {
    const auto body = frame.getBody();
    return bench::touch(std::as_bytes(std::span(body.begin(), body.size())));
}

bench::stream make_stream(std::size_t body_size) {
    return bench::make_stream(body_size, [](std::string& out, const std::string& body) {
        capnp::MallocMessageBuilder message;
        set_body(message, bench::as_bytes(body));
        const auto words = capnp::messageToFlatArray(message);
        const auto bytes = words.asBytes();
        out.append(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    });
}

// Bytes that arrive in chunks; what is read within one is not copied.
class chunked_input final : public kj::BufferedInputStream {
public:
    chunked_input(bytes_view bytes, std::size_t chunk) : rest_(bytes), chunk_(chunk) {}

    kj::ArrayPtr<const kj::byte> tryGetReadBuffer() override {
        if (part_.empty()) {
            part_ = rest_.first(std::min(chunk_, rest_.size()));
            rest_ = rest_.subspan(part_.size());
        }
        return kj::arrayPtr(as_kj(part_.data()), part_.size());
    }
    std::size_t tryRead(void* place, std::size_t least, std::size_t most) override {
        std::size_t done = 0;
        while (done < least && tryGetReadBuffer().size() > 0) {
            const std::size_t size = std::min(most - done, part_.size());
            std::memcpy(static_cast<std::byte*>(place) + done, part_.data(), size);
            part_ = part_.subspan(size);
            done += size;
        }
        return done;
    }
    void skip(std::size_t size) override {
        while (size > 0 && tryGetReadBuffer().size() > 0) {
            const std::size_t part = std::min(size, part_.size());
            part_ = part_.subspan(part);
            size -= part;
        }
    }

private:
    bytes_view rest_;
    bytes_view part_;
    std::size_t chunk_;
};

void reassemble(benchmark::State& state) {
    const bench::stream input = make_stream(bench::body_of(state));
    const auto chunk = static_cast<std::size_t>(state.range(1));
    std::vector<capnp::word> room((2 << 20) / sizeof(capnp::word));
    bench::measure(state, {input.frames, input.bytes.size()}, [&] {
        chunked_input bytes(bench::as_bytes(input.bytes), chunk);
        std::uint64_t sum = 0;
        for (std::int64_t i = 0; i < input.frames; ++i) {
            capnp::InputStreamMessageReader message(bytes, {},
                                                    kj::arrayPtr(room.data(), room.size()));
            sum += touch(message.getRoot<Frame>());
        }
        return sum == input.sum;
    });
}
BENCHMARK(reassemble)->Name("reassemble/capnp")->Apply(bench::plane);

void encode(benchmark::State& state) {
    const bench::bodies bodies(bench::body_of(state));
    std::vector<kj::byte> wire(bodies.count() * (bodies.size() + 64));
    std::array<capnp::word, 512> room{}; // a builder wants it zeroed, and leaves it so
    bench::measure(state, bodies.pass(), [&] {
        kj::ArrayOutputStream stream(kj::arrayPtr(wire.data(), wire.size()));
        for (const bytes_view body : bodies) {
            capnp::MallocMessageBuilder message(kj::arrayPtr(room.data(), room.size()));
            set_body(message, body);
            capnp::writeMessage(stream, message);
        }
        benchmark::DoNotOptimize(wire.data());
        return stream.getArray().size() >= bodies.count() * bodies.size();
    });
}
BENCHMARK(encode)->Name("encode/capnp")->Apply(bench::encoded_bodies);

} // namespace
