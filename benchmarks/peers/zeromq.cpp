// SPDX-License-Identifier: MIT
// ZeroMQ over tcp://127.0.0.1 as it comes: one I/O thread a context, a high-water mark of 1000.
#include "support/loopback.hpp"

#include <benchmark/benchmark.h>
#include <zmq.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace {

using bench::touched;
using bench::traffic;

// One end with a context of its own, as two programs would have it.
class end {
public:
    explicit end(int type) : context_(zmq_ctx_new()), socket_(zmq_socket(context_, type)) {
        const int patience = 10'000;
        const int no_linger = 0;
        zmq_setsockopt(socket_, ZMQ_RCVTIMEO, &patience, sizeof patience);
        zmq_setsockopt(socket_, ZMQ_SNDTIMEO, &patience, sizeof patience);
        zmq_setsockopt(socket_, ZMQ_LINGER, &no_linger, sizeof no_linger);
    }
    end(const end&) = delete;
    end& operator=(const end&) = delete;
    ~end() {
        zmq_close(socket_);
        zmq_ctx_term(context_);
    }

    bool connect_to(const end& other) const {
        std::array<char, 128> address{};
        std::size_t size = address.size();
        return zmq_bind(other.socket_, "tcp://127.0.0.1:*") == 0 &&
               zmq_getsockopt(other.socket_, ZMQ_LAST_ENDPOINT, address.data(), &size) == 0 &&
               zmq_connect(socket_, address.data()) == 0;
    }
    bool send(bench::bytes_view body) const {
        return zmq_send(socket_, body.data(), body.size(), 0) >= 0;
    }
    /// Returns: what touching the body comes to, 0 when none came.
    std::uint64_t receive() const {
        zmq_msg_t message;
        zmq_msg_init(&message);
        std::uint64_t sum = 0;
        if (zmq_msg_recv(&message, socket_, 0) >= 0)
            sum = bench::touch(
                {static_cast<const std::byte*>(zmq_msg_data(&message)), zmq_msg_size(&message)});
        zmq_msg_close(&message);
        return sum;
    }

private:
    void* context_;
    void* socket_;
};

void one_way(benchmark::State& state) {
    const traffic load(state);
    const end receiver(ZMQ_PULL);
    const end sender(ZMQ_PUSH);
    if (!sender.connect_to(receiver)) return state.SkipWithError("no connection over loopback");
    std::jthread thread;
    for (auto _ : state) {
        if (!thread.joinable())
            thread = std::jthread([&](const std::stop_token& stop) {
                const std::string body(load.body, 'x');
                for (std::int64_t i = 0; i < load.total && !stop.stop_requested(); ++i)
                    if (!sender.send(bench::as_bytes(body))) return;
            });
        for (std::int64_t i = 0; i < load.frames; ++i)
            if (receiver.receive() != touched) return state.SkipWithError("frames lost");
    }
    bench::report(state, {load.frames, static_cast<std::size_t>(load.frames) * load.body});
}
BENCHMARK(one_way)->Name("loopback/zeromq")->Apply(bench::one_way);

void ping_pong(benchmark::State& state) {
    const bench::one_processor together;
    const end here(ZMQ_PAIR);
    const end there(ZMQ_PAIR);
    if (!here.connect_to(there)) return state.SkipWithError("no connection over loopback");
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    const std::string last;
    // An empty message is the last.
    const std::jthread echo([&] {
        while (there.receive() == touched && there.send(bench::as_bytes(body))) {
        }
    });
    for (auto _ : state)
        if (!here.send(bench::as_bytes(body)) || here.receive() != touched) {
            state.SkipWithError("no right answer");
            break;
        }
    here.send(bench::as_bytes(last));
    bench::report(state, {1, body.size()});
}
BENCHMARK(ping_pong)->Name("ping_pong/zeromq")->Apply(bench::ping_pong);

} // namespace
