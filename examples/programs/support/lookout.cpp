// SPDX-License-Identifier: MIT
#include "support/lookout.hpp"

#include "support/transport.hpp"
#include "system/broken_connection.hpp"

#include <nlohmann/json.hpp>

#include <system_error>
#include <utility>

lookout::lookout(connection& client, std::function<void()> wake)
    : client_(client), wake_(std::make_shared<std::function<void()>>(std::move(wake))),
      next_probe_(client.get_executor()) {
    wait_for_break();
    probe();
}

lookout::~lookout() {
    over_.emit(asio::cancellation_type::terminal);
}

/// An end behind input that is not read does not show, but a machine answers for a process that is
/// gone, where it is sent something.
void lookout::probe() {
    if (client_.queued() == 0) static_cast<void>(client_.post(nlohmann::json::object()));
    next_probe_.set(probe_interval, [this] {
        (*wake_)();
        probe();
    });
}

void lookout::wait_for_break() {
    auto& socket = client_.stream().lowest_layer();
    const auto look = [this, alive = std::weak_ptr(wake_)](std::error_code error) {
        // It may also be urgent data: then only a probe that cannot be sent tells.
        if (error || alive.expired() || !is_broken(client_.stream().lowest_layer())) return;
        client_.abort(asio::error::make_error_code(asio::error::connection_reset));
        (*wake_)();
    };
    socket.async_wait(asio::socket_base::wait_error,
                      asio::bind_cancellation_slot(over_.slot(), look));
}
