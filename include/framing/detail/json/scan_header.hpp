// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/flat_header.hpp>
#include <framing/detail/json/json_cursor.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/json/special_bytes.hpp>
#include <framing/detail/words.hpp>
#include <framing/error.hpp>
#include <framing/format.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace framing::inline v0::detail {

/// The deepest nesting that a scan can follow.
inline constexpr std::size_t deepest = 1024;

/// Where an object or array inside the header ends, or the violation in it.
struct nested_end {
    const char* at;
    errc error;
    std::size_t depth;
};

/// Steps over the object or array that a text starts with, and all that is in it, without
/// recursion.
template <bool Sentinel>
[[nodiscard]] FRAMING_NOINLINE constexpr nested_end scan_nested(padded_text padded,
                                                                std::size_t max_depth) noexcept {
    std::array<bool, deepest + 1> is_object; // by level; only what is entered is ever set
    json_cursor<Sentinel> json(padded);
    std::size_t depth = 1;
    std::size_t most = 1;
    const auto end = [&](errc error) -> nested_end { return {json.at(), error, most}; };
    const auto key = [&] {
        return json.take_spaced('"') && json.finish_string() && json.take_spaced(':');
    };
    while (true) {
        json.skip_space();
        if (const bool object = json.peek() == '{'; object || json.peek() == '[') {
            most = (std::max)(most, ++depth);
            if (depth > max_depth) return end(errc::header_too_deep);
            is_object[depth] = object;
            json.take(json.peek());
            json.skip_space();
            if (json.peek() != (object ? '}' : ']')) {
                if (object && !key()) return end(errc::invalid_header);
                continue;
            }
        } else if (!json.scalar()) {
            return end(errc::invalid_header);
        }
        // A value has ended, and maybe levels with it.
        while (json.take_spaced(is_object[depth] ? '}' : ']')) {
            if (json.at_end()) return end(errc::invalid_header);
            if (--depth == 1) return end({});
        }
        // A container just entered stood at its closing bracket, not at a comma.
        if (!json.take(',')) return end(errc::invalid_header);
        if (is_object[depth] && !key()) return end(errc::invalid_header);
    }
}

/// Judges a text by the grammar, and shows the members of its object to `visit` in passing.
template <bool Sentinel, wire_format Format, member_visitor Visitor>
[[nodiscard]] constexpr header_scan scan_object(padded_text padded, std::size_t max_depth,
                                                Visitor& visit) noexcept(nothrow_visitor<Visitor>) {
    const std::string_view text = padded.text;
    json_cursor<Sentinel> json(padded);
    std::size_t depth = 0;
    body_size_reader<Format> body_size;
    const auto end = [&](errc error, const char* where) -> header_scan {
        return {error, static_cast<std::uint16_t>(depth), false,
                static_cast<std::uint64_t>(where - text.data())};
    };
    const auto invalid = [&] { return end(errc::invalid_header, json.at()); };

    json.skip_space();
    if (json.peek() != '{') return invalid();
    depth = 1;
    if (max_depth == 0) return end(errc::header_too_deep, json.at());
    json.take('{');
    bool more = !json.take_spaced('}');
    while (more) {
        if (!json.take_spaced('"')) return invalid();
        const char* const key = json.at();
        if (!json.finish_string()) return invalid();
        const char* const key_end = json.at() - 1;
        const bool key_escaped = json.escaped();
        if (!json.take_spaced(':')) return invalid();

        bool value_escaped = false;
        const char* value = json.at();
        if (json.take('"')) {
            if (!json.finish_string()) return invalid();
            value_escaped = json.escaped();
        } else {
            json.skip_space();
            value = json.at();
            if (json.peek() == '{' || json.peek() == '[') {
                const nested_end nested =
                    scan_nested<Sentinel>({json.rest(), padded.slack}, max_depth);
                json.jump(nested.at);
                depth = (std::max)(depth, nested.depth);
                if (nested.error != errc{}) return end(nested.error, nested.at);
            } else {
                const bool is_string = json.peek() == '"';
                if (!json.scalar()) return invalid();
                value_escaped = is_string && json.escaped();
            }
        }
        const scanned_member member{text_between(key, key_end), text_between(value, json.at()),
                                    key_escaped, value_escaped};
        body_size.look(member);
        visit(member);

        more = json.take_spaced(',');
        if (!more && !json.take('}')) return invalid();
    }
    if (!json.at_end()) json.skip_space();
    if (!json.at_end()) return invalid();
    return body_size.result(text, depth);
}

/// As scan_header, by the grammar alone.
template <wire_format Format = formats::standard, member_visitor Visitor>
[[nodiscard]] FRAMING_NOINLINE constexpr header_scan
scan_any_header(padded_text padded, std::size_t max_depth,
                Visitor& visit) noexcept(nothrow_visitor<Visitor>) {
    max_depth = (std::min)(max_depth, deepest);
    padded_text trimmed = padded; // what is cut off is not looked at again
    while (!trimmed.text.empty() && is_space(trimmed.text.back())) trimmed.text.remove_suffix(1);
    if (trimmed.text.ends_with('}')) return scan_object<true, Format>(trimmed, max_depth, visit);
    ignore_members none; // it is no header: all there is to find out is why
    return scan_object<false, Format>({padded.text}, max_depth, none);
}

/// Judges a whole header, and shows the members of its object to `visit` in passing: they
/// are checked, what comes after them is not, and it may begin with the first a second time.
/// Linear in its size. Only a `fresh` one is first looked at as a flat one.
template <wire_format Format = formats::standard, member_visitor Visitor>
[[nodiscard]] FRAMING_ALWAYS_INLINE constexpr header_scan
scan_header(padded_text padded, std::size_t max_depth, Visitor& visit,
            bool fresh = true) noexcept(nothrow_visitor<Visitor>) {
    if (!std::is_constant_evaluated() && fresh && max_depth != 0) {
        body_size_reader<Format> body_size;
        if (scan_flat_header(padded, body_size, visit)) return body_size.result(padded.text, 1);
    }
    return scan_any_header<Format>(padded, max_depth, visit);
}

/// Judges `text`, a whole header.
template <wire_format Format = formats::standard>
[[nodiscard]] constexpr header_scan scan_header(std::string_view text,
                                                std::size_t max_depth) noexcept {
    ignore_members none;
    return scan_header<Format>({text}, max_depth, none);
}

/// The name under which a text that is known to be good says the size of a body; empty if it does
/// not.
template <wire_format Format>
[[nodiscard]] FRAMING_NOINLINE constexpr std::string_view
size_key_in(std::string_view text) noexcept {
    std::string_view found;
    const auto look = [&](const scanned_member& member) noexcept {
        for (const std::string_view key : Format::size_keys)
            if (member.key_is(key)) found = key;
    };
    static_cast<void>(scan_header({text}, deepest, look));
    return found;
}

/// Shows `visit` the members of a text that is known to be good.
template <member_visitor Visitor>
constexpr void visit_members(std::string_view text,
                             Visitor& visit) noexcept(nothrow_visitor<Visitor>) {
    static_cast<void>(scan_header({text}, deepest, visit));
}

} // namespace framing::inline v0::detail
