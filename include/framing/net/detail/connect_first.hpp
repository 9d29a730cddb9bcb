// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/asio.hpp>
#include <framing/net/condition.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace framing::inline v0::net::detail {

using tcp = asio::ip::tcp;

/// Attempts to connect, of which the first to succeed counts.
class connecting {
public:
    connecting(asio::any_io_executor executor, std::vector<tcp::endpoint> endpoints)
        : executor_(std::move(executor)), endpoints_(std::move(endpoints)), changed_(executor_) {}

    /// Begins with the next one, if there is any. Returns: whether there was.
    static bool try_next(const std::shared_ptr<connecting>& self) {
        const std::size_t here = self->sockets_.size();
        if (here == self->endpoints_.size()) return false;
        self->sockets_.push_back(std::make_unique<tcp::socket>(self->executor_));
        ++self->under_way_;
        self->sockets_.back()->async_connect(
            self->endpoints_[here], [self, here](error_code error) { self->ended(here, error); });
        return true;
    }

    [[nodiscard]] condition& changed() { return changed_; }
    [[nodiscard]] std::size_t under_way() const { return under_way_; }
    [[nodiscard]] error_code error() const { return error_; }
    [[nodiscard]] std::optional<tcp::socket>& winner() { return winner_; }

    /// Gives the others up.
    void close() {
        error_code ignored;
        for (const auto& each : sockets_) each->close(ignored);
    }

private:
    void ended(std::size_t which, error_code error) {
        --under_way_;
        if (!error && !winner_)
            winner_ = std::move(*sockets_[which]);
        else if (!error_)
            error_ = error;
        changed_.notify();
    }

    asio::any_io_executor executor_;
    std::vector<tcp::endpoint> endpoints_;
    std::vector<std::unique_ptr<tcp::socket>> sockets_;
    condition changed_;
    std::size_t under_way_ = 0;
    error_code error_; // of the first that failed
    std::optional<tcp::socket> winner_;
};

/// The addresses in turns of IPv6 and IPv4, as each may be the one that leads nowhere.
inline std::vector<tcp::endpoint> in_turns(std::vector<tcp::endpoint> endpoints) {
    if (endpoints.empty()) return endpoints;
    const bool first_is_v6 = endpoints.front().address().is_v6();
    std::vector<tcp::endpoint> others;
    std::erase_if(endpoints, [&](const tcp::endpoint& each) {
        if (each.address().is_v6() == first_is_v6) return false;
        others.push_back(each);
        return true;
    });
    for (std::size_t i = 0; i < others.size(); ++i)
        endpoints.insert(endpoints.begin() +
                             static_cast<std::ptrdiff_t>((std::min)(2 * i + 1, endpoints.size())),
                         others[i]);
    return endpoints;
}

struct attempts_end {
    std::shared_ptr<connecting> of;
    ~attempts_end() { of->close(); }
};

/// Connects to the first of several addresses that answers. Pre: there is one. The next one is
/// tried as soon as one has failed, or has been silent for the time of RFC 8305.
///
/// Throws: system_error, what the first that failed has said.
inline asio::awaitable<tcp::socket> connect_first(asio::any_io_executor executor,
                                                  std::vector<tcp::endpoint> endpoints) {
    constexpr std::chrono::milliseconds delay{250};
    const auto attempts = std::make_shared<connecting>(executor, in_turns(std::move(endpoints)));
    const attempts_end at_the_end{attempts};
    asio::steady_timer timer(executor);
    while (!attempts->winner()) {
        if (!connecting::try_next(attempts) && attempts->under_way() == 0)
            throw system_error(attempts->error());
        timer.expires_after(delay);
        timer.async_wait([attempts](error_code cancelled) {
            if (!cancelled) attempts->changed().notify();
        });
        co_await attempts->changed().wait();
    }
    co_return std::move(*attempts->winner());
}

} // namespace framing::inline v0::net::detail
