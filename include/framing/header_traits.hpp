// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/header_writer.hpp>
#include <framing/detail/member_walk.hpp>
#include <framing/detail/read_value.hpp>
#include <framing/header_view.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace framing::inline v0 {

namespace detail {

/// nlohmann::json, nlohmann::ordered_json and their kin: the whole header as a tree.
template <class Json>
struct json_traits {
    static bool read(const header_view& text, Json& header) {
        const std::string_view json = text.text();
        header = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
        return !header.is_discarded();
    }
    static void write(const Json& header, header_writer& out) {
        if (!header.is_object()) return out.refuse();
        out.write(header);
    }
};

/// A string as a template argument.
template <std::size_t Size>
struct fixed_string {
    // Implicit, so that a literal is an argument as it stands.
    consteval fixed_string(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }

    char text[Size];
};

} // namespace detail

/// How a type becomes a header and back. Works as it stands for nlohmann::json, ordered_json,
/// header_view, and every type that nlohmann/json can convert (which costs a tree a frame).
/// A type of your own is fastest by members<>:
///
///     struct chat { std::string type, from; std::uint64_t seq; };
///     template <> struct framing::header_traits<chat>
///         : framing::members<chat, framing::member<"type", &chat::type>,
///                            framing::member<"from", &chat::from>,
///                            framing::member<"seq", &chat::seq>> {};
///
/// A header type is default-constructible and holds no views of the text; header_view is the
/// exception. `read` says whether the header fits; `write` reports to the writer.
template <class T>
struct header_traits {
    static bool read(const header_view& text, T& header) {
        header = T{}; // from_json may leave alone what the text does not name
        return detail::read_with_nlohmann(text.text(), header);
    }
    static void write(const T& header, detail::header_writer& out) {
        static_assert(FRAMING_HAS_EXCEPTIONS && std::constructible_from<nlohmann::json, const T&>,
                      "no way to write this header type: derive its header_traits from members<>, "
                      "or give it nlohmann's to_json, which reports errors by exceptions");
        detail::json_traits<nlohmann::json>::write(nlohmann::json(header), out);
    }
};

template <class Json>
requires detail::is_basic_json<Json>
struct header_traits<Json> : detail::json_traits<Json> {
};

template <>
struct header_traits<header_view> {
    static bool read(const header_view& text, header_view& header) noexcept {
        header = text;
        return true;
    }
    static void write(const header_view& header, detail::header_writer& out) {
        out.write_checked(header);
    }
};

/// One member of a header, and where in a type its value belongs: std::string, bool, a number, a
/// std::optional of these, or what nlohmann/json can convert.
template <detail::fixed_string Name, auto Pointer>
struct member {
    static constexpr std::string_view name = Name.view();
    static constexpr auto pointer = Pointer;
};

/// Reads and writes the listed members of T; other members of a header are ignored. All have to be
/// there, but std::optional ones and `body_size`; empty optionals are not written.
///
/// No tree is built, and nothing allocated but what the values of T need.
template <class T, class... Members>
struct members {
    static bool read(const header_view& text, T& header) {
        std::array<std::string_view, sizeof...(Members)> values{};
        std::size_t expected = 0; // most senders keep the order in which a type lists its members
        for (detail::member_walk walk(text.text()); walk.next();) {
            const std::size_t found = index_of(walk, expected);
            if (found == values.size()) continue;
            values[found] = walk.raw_value(); // the last one counts
            expected = found + 1;
        }
        header = T{};
        std::size_t index = 0;
        return (read_member<Members>(values[index++], header) && ...);
    }

    static void write(const T& header, detail::header_writer& out) {
        out.begin_object();
        (write_member<Members>(header, out), ...);
        out.end_object();
    }

private:
    static constexpr std::array<std::string_view, sizeof...(Members)> names{Members::name...};

    static constexpr bool all_names_differ() {
        for (std::size_t i = 0; i < names.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                if (names[i] == names[j]) return false;
        return true;
    }
    static_assert(all_names_differ(), "members<> lists a name twice");

    static std::size_t index_of(const detail::member_walk& walk, std::size_t expected) noexcept {
        if (expected < names.size() && walk.key_is(names[expected])) return expected;
        const auto found = std::find_if(names.begin(), names.end(),
                                        [&](std::string_view name) { return walk.key_is(name); });
        return static_cast<std::size_t>(found - names.begin());
    }

    template <class Member>
    static bool read_member(std::string_view raw, T& header) {
        auto& value = header.*Member::pointer;
        using type = std::remove_reference_t<decltype(value)>;
        if (!raw.empty()) return detail::read_value(raw, value);
        return detail::is_optional<type> || Member::name == body_size_key;
    }

    template <class Member>
    static void write_member(const T& header, detail::header_writer& out) {
        const auto& value = header.*Member::pointer;
        if constexpr (detail::is_optional<std::remove_cvref_t<decltype(value)>>) {
            if (value) out.member(Member::name, *value);
        } else {
            out.member(Member::name, value);
        }
    }
};

} // namespace framing::inline v0
