// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace framing::inline v0 {

/// How long a peer may take; zero is no limit. Each is counted from one moment, so that no dribble
/// of bytes puts it off.
struct deadlines {
    /// In the units of the steady clock.
    using duration = std::chrono::steady_clock::duration;

    /// From the start until the owner says `authenticated`.
    duration authentication = std::chrono::seconds(0);

    /// From the first byte of a frame to its last.
    duration frame = std::chrono::seconds(30);

    /// From the last byte received, whatever it belonged to, while the owner listens.
    duration silence = std::chrono::seconds(300);

    /// From the first byte queued, or the last one that left, while more is queued.
    duration write_stall = std::chrono::seconds(30);

    /// From the last byte sent until the owner should send a frame that only says: still here.
    duration heartbeat = std::chrono::seconds(60);
};

/// What is due on a connection.
enum class due {
    /// All is well.
    nothing,
    /// A frame should be sent. Asked again, it is due again only after another such time.
    heartbeat,
    /// The peer has taken too long: to authenticate, ...
    authentication,
    /// ... over one frame, ...
    frame,
    /// ... to say anything at all, ...
    silence,
    /// ... or to take what is queued for it.
    write_stall,
};

/// Whether the peer of a connection is alive, as a function of what happened when. Knows no clock:
/// its owner says what time it is, by one that is never set. One object belongs on one thread.
///
///     alive.received(now);
///     switch (alive.check(now)) { ... }
///     wait_until(alive.next_check());
class liveness {
public:
    /// A time as the owner gives it.
    using time_point = std::chrono::steady_clock::time_point;

    /// Begins with a peer that has not authenticated.
    liveness(const deadlines& deadlines, time_point now) noexcept
        : deadlines_(deadlines), start_(now), received_(now), sent_(now) {}

    /// The owner waits for bytes, `inside` a frame or between two. Only then is the peer's time up
    /// to the peer.
    void listens(bool inside, time_point now) noexcept {
        if (!std::exchange(listening_, true)) received_ = now;
        note(frame_, inside, now);
    }

    /// Bytes have come. Any byte is life.
    void received(time_point now) noexcept { received_ = now; }

    /// A frame is whole, and the owner is busy with it.
    void rests() noexcept {
        listening_ = false;
        frame_ = never;
    }

    /// Bytes have left; `more` are queued.
    void sent(bool more, time_point now) noexcept {
        sent_ = now;
        stalled_ = more ? now : never;
    }

    /// Bytes are queued.
    void queued(time_point now) noexcept { note(stalled_, true, now); }

    /// The peer has shown who it is.
    void authenticated() noexcept { authenticated_ = true; }

    /// What is due at that time. A `heartbeat` counts as sent; any other is said again.
    [[nodiscard]] due check(time_point now) noexcept {
        if (now >= authentication_end()) return due::authentication;
        if (now >= frame_end()) return due::frame;
        if (now >= write_end()) return due::write_stall;
        if (now >= silence_end()) return due::silence;
        if (now < heartbeat_time()) return due::nothing;
        sent_ = now;
        return due::heartbeat;
    }

    /// When the answer of `check` can be another, if nothing happens; `never` if it cannot.
    [[nodiscard]] time_point next_check() const noexcept {
        return (std::min)(
            {authentication_end(), frame_end(), write_end(), silence_end(), heartbeat_time()});
    }

    /// Later than all that happens.
    static constexpr time_point never = (time_point::max)();

private:
    static void note(time_point& since, bool on, time_point now) noexcept {
        if (!on)
            since = never;
        else if (since == never)
            since = now;
    }

    static time_point end(time_point since, deadlines::duration allowed) noexcept {
        if (allowed <= allowed.zero() || since == never || allowed >= never - since) return never;
        return since + allowed;
    }
    [[nodiscard]] time_point authentication_end() const noexcept {
        return authenticated_ ? never : end(start_, deadlines_.authentication);
    }
    [[nodiscard]] time_point frame_end() const noexcept { return end(frame_, deadlines_.frame); }
    [[nodiscard]] time_point write_end() const noexcept {
        return end(stalled_, deadlines_.write_stall);
    }
    [[nodiscard]] time_point silence_end() const noexcept {
        return listening_ ? end(received_, deadlines_.silence) : never;
    }
    [[nodiscard]] time_point heartbeat_time() const noexcept {
        return stalled_ == never ? end(sent_, deadlines_.heartbeat) : never;
    }

    deadlines deadlines_;
    time_point start_;
    time_point received_;
    time_point sent_;
    time_point frame_ = never;   // since when a frame is incomplete
    time_point stalled_ = never; // since when nothing has left of what is queued
    bool listening_ = false;
    bool authenticated_ = false;
};

} // namespace framing::inline v0
