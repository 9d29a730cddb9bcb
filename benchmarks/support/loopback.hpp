// SPDX-License-Identifier: MIT
#pragma once

#include "support/measure.hpp"
#include "support/stream.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <utility>

namespace bench {

/// A connected TCP socket of 127.0.0.1, closed with the object. No call waits longer than ten
/// seconds, so that a benchmark that goes wrong ends.
class tcp_socket {
public:
    tcp_socket() noexcept = default;
    explicit tcp_socket(int descriptor) noexcept : descriptor_(descriptor) {}
    tcp_socket(tcp_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    tcp_socket& operator=(tcp_socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~tcp_socket();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Sends all, or returns false.
    bool send(bytes_view bytes) const noexcept;

    /// Sends all parts, in one call where the kernel takes them, or returns false. At most 1024.
    bool send(std::span<const bytes_view> parts) const;

    /// Receives what is there, at most `place.size()` bytes. Returns: how many; 0 at the end.
    std::size_t receive(std::span<std::byte> place) const noexcept;

    /// Fills `place`, or returns false.
    bool receive_all(std::span<std::byte> place) const noexcept;

    /// Both ends see the end of the stream; whoever waits wakes up.
    void shut_down() const noexcept;

private:
    int descriptor_ = -1;
};

struct tcp_pair {
    tcp_socket near;
    tcp_socket far;
};

/// Both ends of one connection, without Nagle's delay.
[[nodiscard]] std::optional<tcp_pair> connect_over_loopback();

/// The other end of a benchmark. Ends when its socket is shut down, which the destructor does.
class far_end {
public:
    template <class Work>
    far_end(const tcp_socket& socket, Work work)
        : socket_(socket), thread_([&socket, work = std::move(work)]() mutable {
              work(socket);
              socket.shut_down();
          }) {}
    far_end(const far_end&) = delete;
    far_end& operator=(const far_end&) = delete;
    ~far_end() { socket_.shut_down(); }

private:
    const tcp_socket& socket_;
    std::jthread thread_;
};

/// What one benchmark sends: `body` is the size of a body, `batch` how many bytes are gathered
/// before they are sent, 0 for a send a frame.
struct traffic {
    explicit traffic(const benchmark::State& state)
        : body(static_cast<std::size_t>(state.range(0))),
          batch(static_cast<std::size_t>(state.range(1))) {
        frames = std::max<std::int64_t>(8, (8 << 20) / static_cast<std::int64_t>(body + 20));
        if (batch == 0) frames = std::min<std::int64_t>(1024, frames);
        total = static_cast<std::int64_t>(state.max_iterations) * frames;
    }

    std::size_t body;
    std::size_t batch;
    std::int64_t frames = 0; // that a pass receives
    std::int64_t total = 0;  // of all passes
};

inline constexpr std::size_t receive_size = 64 * 1024;

/// What touching a body comes to: every body sent over loopback is nothing but the letter x.
inline constexpr std::uint64_t touched = 1 + 'x' + 'x';

/// One way. A second thread calls `send(socket, traffic)`; `receive(socket, count)` goes on until
/// it has received `count` frames since the beginning.
template <class Send, class Receive>
void measure_one_way(benchmark::State& state, Send send, Receive receive) {
    const traffic load(state);
    const std::optional<tcp_pair> link = connect_over_loopback();
    if (!link) return state.SkipWithError("no connection over loopback");
    std::optional<far_end> sender;
    std::int64_t count = 0;
    for (auto _ : state) {
        if (!sender) sender.emplace(link->far, [&](const tcp_socket& to) { send(to, load); });
        count += load.frames;
        if (!receive(link->near, count)) return state.SkipWithError("frames lost");
    }
    report(state, {load.frames, static_cast<std::size_t>(load.frames) * load.body});
}

inline constexpr auto one_way = [](auto* benchmark) {
    benchmark->ArgNames({"body", "batch"});
    benchmark->ArgsProduct({{64, 1024, 16384, 1 << 20}, {65536}});
    benchmark->ArgsProduct({{64, 16384}, {0, 262144}});
    benchmark->UseRealTime();
    passes(benchmark);
};

/// Both ends on one processor, so that no time goes into waking up another; undone at the end.
class one_processor {
public:
    one_processor();
    one_processor(const one_processor&) = delete;
    one_processor& operator=(const one_processor&) = delete;
    ~one_processor();

private:
    std::function<void()> undo_;
};

/// There and back. A second thread calls `echo(socket)`; `round_trip(socket)` says whether what
/// came back was right.
template <class Echo, class RoundTrip>
void measure_ping_pong(benchmark::State& state, Echo echo, RoundTrip round_trip) {
    const one_processor together;
    const std::optional<tcp_pair> link = connect_over_loopback();
    if (!link) return state.SkipWithError("no connection over loopback");
    const far_end far(link->far, echo);
    for (auto _ : state)
        if (!round_trip(link->near)) return state.SkipWithError("no right answer");
    report(state, {1, static_cast<std::size_t>(state.range(0))});
}

inline constexpr auto ping_pong = [](auto* benchmark) {
    benchmark->ArgName("body")->Arg(64)->UseRealTime();
    passes(benchmark);
};

} // namespace bench
