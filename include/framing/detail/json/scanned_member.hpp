// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/number.hpp>
#include <framing/detail/words.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace framing::inline v0::detail {

/// What one pass over a header's text finds. Small enough to be handed over in two registers.
struct header_scan {
    /// None, `invalid_header`, `header_too_deep` or `invalid_body_size`.
    errc error{};
    /// The nesting of the whole, or up to the violation.
    std::uint16_t depth = 0;
    bool has_body_size = false;
    /// Of a good header the size of its body, of another where in the text it is first violated.
    std::uint64_t body_size_or_position = 0;

    [[nodiscard]] constexpr std::uint64_t body_size() const noexcept {
        return error == errc{} ? body_size_or_position : 0;
    }
    [[nodiscard]] constexpr std::uint64_t position() const noexcept {
        return error == errc{} ? 0 : body_size_or_position;
    }
};

/// One member of the header's own object, as it is passed.
struct scanned_member {
    std::string_view key;   // without its quotes, its escapes unread
    std::string_view value; // as JSON; a container counts once it is known to be whole
    bool key_escaped;
    bool value_escaped; // it is a string with escapes in it

    /// Whether the key, its escapes read, is `wanted`.
    [[nodiscard]] FRAMING_ALWAYS_INLINE constexpr bool
    key_is(std::string_view wanted) const noexcept {
        return key_escaped ? spells(key, wanted) : key == wanted;
    }
};

/// Shown the members one by one. What it throws comes out of the scan.
template <class T>
concept member_visitor = std::invocable<T&, const scanned_member&>;

template <class T>
inline constexpr bool nothrow_visitor = std::is_nothrow_invocable_v<T&, const scanned_member&>;

/// For a scan that only judges.
struct ignore_members {
    constexpr void operator()(const scanned_member&) const noexcept {}
};

/// Finds the size of the body among the members of a header.
template <wire_format Format = formats::standard>
class body_size_reader {
public:
    FRAMING_ALWAYS_INLINE constexpr void look(const scanned_member& member) noexcept {
        if (!says_size(member, std::make_index_sequence<Format::size_keys.size()>())) return;
        const std::optional<std::uint64_t> size = parse_size(member.value);
        if ((found_ || !size) && invalid_ == nullptr) invalid_ = member.value.data();
        found_ = true;
        value_ = size.value_or(0);
    }

    /// It is the first member, and good.
    FRAMING_ALWAYS_INLINE constexpr void set(std::uint64_t size) noexcept {
        found_ = true;
        value_ = size;
    }

    /// What is to be said of a header of which nothing else is wrong.
    [[nodiscard]] FRAMING_ALWAYS_INLINE constexpr header_scan
    result(std::string_view text, std::size_t depth) const noexcept {
        const auto levels = static_cast<std::uint16_t>(depth);
        if (invalid_ == nullptr) return {{}, levels, found_, value_};
        return {errc::invalid_body_size, levels, found_,
                static_cast<std::uint64_t>(invalid_ - text.data())};
    }

private:
    template <std::size_t... Indices>
    [[nodiscard]] FRAMING_ALWAYS_INLINE static constexpr bool
    says_size(const scanned_member& member, std::index_sequence<Indices...>) noexcept {
        return member.key_escaped ? (spells(member.key, Format::size_keys[Indices]) || ...)
                                  : (is_literal(member.key, Format::size_keys[Indices]) || ...);
    }

    bool found_ = false;
    std::uint64_t value_ = 0;
    const char* invalid_ = nullptr; // the first value that cannot be one, or comes twice
};

} // namespace framing::inline v0::detail
