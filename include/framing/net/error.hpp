// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/net/asio.hpp>

#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace framing::inline v0::net {

/// Why a connection or an operation was ended on this side, beside what the system and the frames
/// say.
enum class errc {
    /// The peer did not authenticate in time.
    authentication_timeout = 1,
    /// The peer took too long over one frame.
    frame_timeout,
    /// The peer said nothing for too long.
    silent_peer,
    /// The peer took nothing of what was queued for too long.
    write_stalled,
    /// The connection was closed on this side.
    closed,
    /// It took longer than `within` allows; also std::errc::timed_out.
    timed_out,
};

/// The name of a code as it stands above, for a log, a counter or a frame: "silent_peer". Static
/// text; "no error" of what is no code.
[[nodiscard]] constexpr std::string_view name(errc code) noexcept {
    switch (code) {
    case errc::authentication_timeout: return "authentication_timeout";
    case errc::frame_timeout: return "frame_timeout";
    case errc::silent_peer: return "silent_peer";
    case errc::write_stalled: return "write_stalled";
    case errc::closed: return "closed";
    case errc::timed_out: return "timed_out";
    }
    return "no error";
}

namespace detail {

class error_category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "framing.net"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::authentication_timeout: return "the peer did not authenticate in time";
        case errc::frame_timeout: return "the peer took too long over one frame";
        case errc::silent_peer: return "the peer was silent for too long";
        case errc::write_stalled: return "the peer takes nothing of what is sent";
        case errc::closed: return "the connection was closed on this side";
        case errc::timed_out: return "it took longer than it may";
        }
        return "unknown error " + std::to_string(value);
    }
    [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
        if (value == static_cast<int>(errc::timed_out)) return std::errc::timed_out;
        return {value, *this};
    }
};

} // namespace detail

/// The category of `errc` in a std::error_code, named "framing.net".
[[nodiscard]] FRAMING_SHARED inline const std::error_category& category() noexcept {
    static const detail::error_category instance;
    return instance;
}

/// The code as a std::error_code, which it also becomes by itself.
[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

} // namespace framing::inline v0::net

template <>
struct std::is_error_code_enum<framing::net::errc> : std::true_type {};
