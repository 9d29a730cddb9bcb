// SPDX-License-Identifier: MIT
#include "framecat/connect.hpp"

#include <framing/error.hpp>

#include "framecat/dissector.hpp"
#include "framecat/ends.hpp"
#include "framecat/frame_line.hpp"
#include "framecat/origin.hpp"
#include "framecat/outlet.hpp"
#include "framecat/typed_frames.hpp"
#include "framecat/wire_options.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"
#include "support/timestamp.hpp"
#include "support/transport.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framecat {
namespace {

/// A conversation with one server.
class conversation {
public:
    conversation(asio::io_context& io, const connect_options& options, transport server)
        : options_(options), outlet_(io, options.view), typed_(io, options.wire),
          server_(std::move(server)) {}

    /// Sends what is typed, and then says that no more comes.
    static asio::awaitable<void> send(std::shared_ptr<conversation> self) {
        std::error_code error;
        if (const auto greeting = contact::greeting(self->options_.server)) {
            const std::string frame =
                frame_of(R"({"header":)" + greeting->dump() + '}', self->options_.wire);
            co_await write(self->server_, frame, error);
        }
        while (!error) {
            const std::optional<std::string> frame = co_await self->typed_.next();
            if (!frame) break;
            co_await write(self->server_, *frame, error);
        }
        if (!error) co_await end_sending(self->server_);
    }

    /// Shows what comes, until the server ends it.
    static asio::awaitable<int> receive(std::shared_ptr<conversation> self) {
        const auto view = self->outlet_.view_of({.clock = current_time});
        dissector frames(self->options_.wire, *view);
        std::vector<std::byte> chunk(64 * 1024);
        std::error_code error;
        while (true) {
            const std::size_t size = co_await read(self->server_, chunk, error);
            if (size == 0) break;
            const bool more = frames.feed(std::span(chunk).first(size));
            co_await self->outlet_.room();
            if (!more) break;
        }
        const framing::fault& fault = frames.finish();
        co_await self->outlet_.rest();
        if (fault && !for_a_person(self->options_.view)) program::complain(fault.message());
        if (error) throw contact::disconnected("the connection broke: " + error.message());
        co_return fault || self->typed_.failed() ? program::failed : program::done;
    }

private:
    const connect_options& options_;
    outlet outlet_;
    typed_frames typed_;
    transport server_;
};

asio::awaitable<int> converse(asio::io_context& io, const connect_options& options) {
    transport server = co_await contact::open(io.get_executor(), options.server);
    const auto self = std::make_shared<conversation>(io, options, std::move(server));
    tasks::spawn(io.get_executor(), conversation::send(self));
    co_return co_await conversation::receive(self);
}

} // namespace

void add_options(command_line& line, connect_options& options) {
    contact::add_options(line, options.server);
    add_options(line, options.view);
    add_options(line, options.wire);
    add_body_limit(line, options.wire);
    line.add_note("A line of standard input is a frame, as encode takes it; the end of the input "
                  "says that no more comes.");
    line.add_example("framecat connect --tls example.org:7000", "speak to a server over TLS");
    line.add_example("framecat connect 127.0.0.1:7000 < lines.json",
                     "ask what is in a file, and show the answers");
}

int connect(const connect_options& options) {
    return contact::run([&](asio::io_context& io) { return converse(io, options); });
}

} // namespace framecat
