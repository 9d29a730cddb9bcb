// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/expectation.hpp>
#include <framing/detail/json/read_value.hpp>
#include <framing/detail/json/ready_key.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/json/utf8.hpp>
#include <framing/detail/json/value_kinds.hpp>
#include <framing/detail/words.hpp>
#include <framing/header_view.hpp>
#include <framing/header_writer.hpp>
#include <framing/wire.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace framing::inline v0 {

/// How a type becomes a header and back. Works as it stands for header_view, and with nlohmann.hpp
/// for nlohmann::json, ordered_json, and every type that nlohmann/json can convert (which costs a
/// tree a frame). A type of your own is fastest by members<>:
///
///     struct chat { std::string type, from; std::uint64_t seq; };
///     template <> struct framing::header_traits<chat>
///         : framing::members<chat, framing::member<"type", &chat::type>,
///                            framing::member<"from", &chat::from>,
///                            framing::member<"seq", &chat::seq>> {};
///
/// A header type is default-constructible and holds no views of the text; header_view is the
/// exception. Traits of your own are `read`, which says whether the header fits, and `write`; with
/// `read_json`, of one checked value (see value_view), and `write_json`, the type may be a member,
/// too. Throws: what these throw comes out of decoders and encoders.
template <class T>
struct header_traits {
    /// Reads a header. Returns: whether it fits; the header is unspecified if not.
    static bool read(const header_view&, T&) { return detail::require_value<T>(), false; }
    /// Writes a header, or refuses it.
    static void write(const T&, header_writer&) { detail::require_value<T>(); }
};

/// A header unread: `header` views what `text` does.
template <>
struct header_traits<header_view> {
    /// Takes the text as it is. Returns: true.
    static bool read(const header_view& text, header_view& header) noexcept {
        header = text;
        return true;
    }
};

/// One member of a header, and where in a type its value belongs: std::string, bool, a number, a
/// duration (a number of its unit), an enum with enumerators<>, a struct with members<>; a
/// std::vector, std::array, std::map<std::string, T> or std::optional of these; or what
/// nlohmann/json can convert, which costs a tree.
template <detail::fixed_string Name, auto Pointer>
struct member {
    /// What it is called in a header.
    static constexpr std::string_view name = Name.view();
    /// That, as a header is written.
    static constexpr detail::ready_key<Name> key{};
    /// Where its value belongs.
    static constexpr auto pointer = Pointer;
};

/// Reads and writes the listed members of T; other members of a header are ignored, other members
/// of T left alone. All have to be there, but std::optional ones and `body_size`; empty optionals
/// are not written.
///
/// No tree is built, and nothing allocated but what the values of T need. Throws: std::bad_alloc,
/// or what the traits of a value throw.
template <class T, class... Members>
struct members {
    /// Takes the members from a scan as it passes them, so that none is looked at twice. Throws: as
    /// members.
    class reader {
    public:
        /// Whose it is.
        using traits = members;

        /// Reads into `header`, which has to live as long.
        explicit reader(T& header) noexcept : header_(header) {}

        /// Takes one member.
        FRAMING_ALWAYS_INLINE void operator()(const detail::scanned_member& member) {
            // Most senders keep the order in which a type lists its members.
            if (!read_expected(member, indices))
                read_any(member.key, member.value, member.key_escaped, member.value_escaped,
                         indices);
        }

        /// What may be absent, and is, is now as in a new T. `inside` another object body_size may
        /// not. Returns: whether all fits.
        bool finish([[maybe_unused]] bool inside = false) {
            std::size_t index = 0;
            return (finish<Members>(states_[index++], inside) && ...);
        }

    private:
        enum class state { absent, fits, misfit };

        static constexpr auto indices = std::index_sequence_for<Members...>{};

        template <std::size_t... Indices>
        FRAMING_ALWAYS_INLINE bool read_expected(const detail::scanned_member& member,
                                                 std::index_sequence<Indices...>) {
            return ((expected_ == Indices && is_plainly<Members>(member) &&
                     read<Members, Indices>(member)) ||
                    ...);
        }
        template <std::size_t... Indices>
        FRAMING_NOINLINE void read_any(std::string_view key, std::string_view value,
                                       bool key_escaped, bool value_escaped,
                                       std::index_sequence<Indices...>) {
            // By parts, so that the member of the inlined path never has to lie in memory.
            [[maybe_unused]] const detail::scanned_member member{key, value, key_escaped,
                                                                 value_escaped};
            static_cast<void>(
                ((member.key_is(Members::name) && read<Members, Indices>(member)) || ...));
        }

        /// As key_is, but false of a key with escapes.
        template <class Member>
        FRAMING_ALWAYS_INLINE static bool is_plainly(const detail::scanned_member& member) {
            return !member.key_escaped && detail::is_literal(member.key, Member::name);
        }

        template <class Member, std::size_t Index>
        FRAMING_ALWAYS_INLINE bool read(const detail::scanned_member& member) {
            auto& value = header_.*Member::pointer;
            require_value<Member>(value);
            if constexpr (!detail::is_read_whole<std::remove_reference_t<decltype(value)>>) {
                T fresh{};
                std::swap(value, fresh.*Member::pointer);
            }
            const bool fits = detail::read_value(member.value, value, member.value_escaped);
            states_[Index] = fits ? state::fits : state::misfit; // the last one counts
            expected_ = Index + 1;
            return true;
        }

        template <class Member>
        bool finish(state found, bool inside) {
            using type = std::remove_reference_t<decltype(header_.*Member::pointer)>;
            if (found != state::absent) return found == state::fits;
            if constexpr (detail::is_optional<type> || Member::name == body_size_key) {
                header_.*Member::pointer = T{}.*Member::pointer;
                return detail::is_optional<type> || !inside;
            }
            return false;
        }

        T& header_;
        std::size_t expected_ = 0;
        std::array<state, sizeof...(Members)> states_{};
    };

    /// Reads a header. Returns: whether it fits; `header` is unspecified if not.
    static bool read(const header_view& text, T& header) {
        reader members_of(header);
        detail::visit_members(text.text(), members_of);
        return members_of.finish();
    }

    /// Writes a header.
    static void write(const T& header, header_writer& out) {
        out.object([&] { write_members(header, out); });
    }

    /// The first of the members that does not fit. Slow.
    static detail::mismatch explain([[maybe_unused]] const header_view& text) {
        detail::mismatch why;
        static_cast<void>((explain<Members>(text, why) || ...));
        return why;
    }

    /// The name of the first of the members that a header cannot say, or say of a body of
    /// `body_size` bytes, if that is given. Static. Slow.
    static std::string_view unwritable([[maybe_unused]] const T& header,
                                       [[maybe_unused]] std::optional<std::uint64_t> body_size,
                                       [[maybe_unused]] std::size_t max_depth) {
        std::string_view name;
        static_cast<void>((is_unwritable<Members>(header, body_size, max_depth, name) || ...));
        return name;
    }

    /// The members alone, inside an object that is begun.
    static void write_members([[maybe_unused]] const T& value,
                              [[maybe_unused]] header_writer& out) {
        (write_member<Members>(value, out), ...);
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

    /// A compiler's first line about a value that cannot be one names the member.
    template <class Member, class Value>
    static constexpr void require_value(const Value&) noexcept {
        if constexpr (!detail::is_value<Value> &&
                      !std::convertible_to<const Value&, std::string_view>)
            static_cast<void>(sizeof(detail::no_way_to_read_or_write<Member>));
    }

    template <class Member>
    static void write_member(const T& outer, header_writer& out) {
        const auto& value = outer.*Member::pointer;
        require_value<Member>(value);
        if constexpr (detail::is_optional<std::remove_cvref_t<decltype(value)>>) {
            if (value) detail::header_writer_access::member<Member>(out, *value);
        } else {
            detail::header_writer_access::member<Member>(out, value);
        }
    }

    template <class Member>
    static bool explain(const header_view& text, detail::mismatch& why) {
        using type = std::remove_cvref_t<decltype(std::declval<T&>().*Member::pointer)>;
        const value_view found = text.find(Member::name);
        if (found) {
            T fresh{};
            if (detail::read_value(found.raw(), fresh.*Member::pointer)) return false;
        } else if (detail::is_optional<type> || Member::name == body_size_key) {
            return false;
        }
        why = {Member::name, detail::expectation<type>.view(), found.raw()};
        return true;
    }

    template <class Member>
    static bool is_unwritable(const T& header, std::optional<std::uint64_t> body_size,
                              std::size_t max_depth, std::string_view& name) {
        header_writer out;
        if (!body_size) detail::header_writer_access::leave_out_size(out);
        detail::header_writer_access::start(out, body_size.value_or(0), max_depth);
        out.object([&] { write_member<Member>(header, out); });
        if (out.error() != errc{}) name = Member::name;
        return out.error() != errc{};
    }
};

/// The name of one value of an enum.
template <detail::fixed_string Name, auto Value>
struct enumerator {
    static_assert(detail::is_utf8(Name.view()), "the name of a value is not UTF-8");

    /// What it is called in a header.
    static constexpr std::string_view name = Name.view();
    /// What that stands for.
    static constexpr auto value = Value;
};

/// Reads and writes an enum, as a member of a header, by name:
///
///     enum class kind { say, join };
///     template <> struct framing::header_traits<kind>
///         : framing::enumerators<kind, framing::enumerator<"say", kind::say>,
///                                framing::enumerator<"join", kind::join>> {};
///
/// What has no name here is neither read nor written.
template <class T, class... Enumerators>
struct enumerators {
    static_assert(std::is_enum_v<T>);

    /// All of them, as they are listed.
    static constexpr std::array<std::pair<std::string_view, T>, sizeof...(Enumerators)>
        enumerator_names{{{Enumerators::name, Enumerators::value}...}};
};

} // namespace framing::inline v0
