// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/frames/judge.hpp>
#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/read_value.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>
#include <framing/limits.hpp>

#include <nlohmann/json_fwd.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace framing::inline v0 {

namespace detail {
struct header_view_access;
}

template <class T>
struct header_traits;

/// The value of one member of a header: checked JSON text, unread. False when the member is absent.
///
/// Views the header's text and lives no longer than that.
class value_view {
public:
    /// Of an absent member.
    constexpr value_view() noexcept = default;

    /// A value that is checked already, as `read_json` of header_traits is given it.
    explicit constexpr value_view(std::string_view raw) noexcept : raw_(raw) {}

    /// Whether the member is there.
    [[nodiscard]] explicit constexpr operator bool() const noexcept { return !raw_.empty(); }

    /// The value as JSON, a string with its quotes; empty when absent.
    [[nodiscard]] constexpr std::string_view raw() const noexcept { return raw_; }

    /// Reads the value as a member of a struct is read, strictly: a number into an integer only if
    /// it is written as one and fits, a string only into a std::string.
    ///
    /// Returns: whether the value is there and fits; `out` is unchanged if not.
    ///
    /// Throws: std::bad_alloc, or what the traits of T throw, and then `out` is unchanged.
    template <class T>
    bool get_to(T& out) const {
        if (!*this) return false;
        T value{};
        if (!detail::read_value(raw_, value)) return false;
        out = std::move(value);
        return true;
    }

    /// As `get_to`, but returns the value, or nullopt.
    template <class T>
    [[nodiscard]] std::optional<T> get() const {
        T value{};
        if (!*this || !detail::read_value(raw_, value)) return std::nullopt;
        return value;
    }

    /// Whether the value is a string and, its escapes read, says `text`.
    [[nodiscard]] friend constexpr bool operator==(const value_view& value,
                                                   std::string_view text) noexcept {
        return value.raw_.starts_with('"') &&
               detail::spells(value.raw_.substr(1, value.raw_.size() - 2), text);
    }

private:
    std::string_view raw_;
};

/// The text of a header, checked and unread: what a router, a proxy or a broadcast needs.
///
/// Views the text. One that a frame brings lives as long as the frame's body does.
class header_view {
public:
    /// The empty object.
    constexpr header_view() noexcept = default;

    /// Checks text from outside, once, as a receiver would.
    ///
    /// Returns: a view of `text`, or nullopt and `why`. Throws: nothing.
    [[nodiscard]] static std::optional<header_view>
    parse(std::string_view text FRAMING_LIFETIMEBOUND, const limits& limits, fault& why);

    /// One JSON object.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return {text_, size_}; }

    /// The size of the body that follows, as the header says it; 0 when it does not.
    [[nodiscard]] constexpr std::uint64_t body_size() const noexcept { return body_size_; }

    /// The value of the top-level member `key`, its escapes read; the last one when it is there
    /// twice. Complexity: linear in the header.
    [[nodiscard]] constexpr value_view find(std::string_view key) const noexcept {
        value_view found;
        const auto keep = [&](const detail::scanned_member& member) noexcept {
            if (member.key_is(key)) found = value_view(member.value);
        };
        detail::visit_members(text(), keep);
        return found;
    }

    /// The whole header, read, with nlohmann.hpp. A number too large for a double makes it
    /// discarded. Throws: std::bad_alloc.
    [[nodiscard]] inline nlohmann::json json() const;

    /// The header as any header type, or nullopt when it does not fit.
    /// Throws: std::bad_alloc, or what the traits of T throw.
    template <class T>
    [[nodiscard]] std::optional<T> get() const {
        std::optional<T> value(std::in_place);
        if (!header_traits<T>::read(*this, *value)) value.reset();
        return value;
    }

private:
    friend detail::header_view_access;

    const char* text_ = "{}";
    std::uint32_t size_ = 2;
    std::uint16_t depth_ = 1;
    enum class size_member : std::uint8_t { none, standard, unknown } size_member_{};
    std::uint64_t body_size_ = 0;
};

namespace detail {

/// What only the library may do with a header_view.
struct header_view_access {
    /// A view of what was scanned by a format. Of what another than the standard one says of
    /// `body_size` nothing is known.
    template <wire_format Format = formats::standard>
    [[nodiscard]] static constexpr header_view make(std::string_view text,
                                                    const header_scan& scan) noexcept {
        using member = header_view::size_member;
        constexpr bool is_standard = std::same_as<Format, formats::standard>;
        header_view view;
        view.text_ = text.data();
        view.size_ = static_cast<std::uint32_t>(text.size());
        view.depth_ = scan.depth;
        view.size_member_ = !is_standard         ? member::unknown
                            : scan.has_body_size ? member::standard
                                                 : member::none;
        view.body_size_ = scan.body_size();
        return view;
    }
    /// The same text lies elsewhere now.
    static constexpr void move_text(header_view& view, const char* text) noexcept {
        view.text_ = text;
    }
    [[nodiscard]] static constexpr std::size_t depth(const header_view& view) noexcept {
        return view.depth_;
    }
    /// Whether there is a `body_size`, or one cannot tell.
    [[nodiscard]] static constexpr bool may_have_body_size(const header_view& view) noexcept {
        return view.size_member_ != header_view::size_member::none;
    }
    [[nodiscard]] static constexpr bool is_of_other_format(const header_view& view) noexcept {
        return view.size_member_ == header_view::size_member::unknown;
    }
};

} // namespace detail

inline std::optional<header_view> header_view::parse(std::string_view text, const limits& limits,
                                                     fault& why) {
    detail::judge judge(limits);
    std::optional<header_view> view;
    if (judge.accept_length(text.size())) {
        const detail::header_scan scan = detail::scan_header(text, limits.max_depth);
        if (judge.accept_header(scan, text.size()))
            view = detail::header_view_access::make(text, scan);
    }
    why = judge.error();
    return view;
}

} // namespace framing::inline v0
