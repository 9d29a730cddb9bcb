// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/json_cursor.hpp>
#include <framing/detail/json/read_number.hpp>
#include <framing/detail/json/scan_header.hpp>
#include <framing/detail/json/scanned_member.hpp>
#include <framing/detail/json/value_kinds.hpp>
#include <framing/detail/words.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace framing::inline v0::detail {

/// Whether read_value leaves nothing of what was in `out`; from_json may, and members<> do.
template <class T>
inline constexpr bool is_read_whole = std::is_arithmetic_v<T> || std::same_as<T, std::string> ||
                                      is_vector<T> || is_map<T> || is_duration<T> || has_names<T>;
template <class T>
inline constexpr bool is_read_whole<std::optional<T>> = is_read_whole<T>;
template <class T, std::size_t Size>
inline constexpr bool is_read_whole<std::array<T, Size>> = is_read_whole<T>;

template <class T>
bool read_value(std::string_view raw, T& out, bool escaped = true);

/// Shows `visit` the elements of a checked array, until it returns false.
///
/// Returns: whether `raw` is an array and all were taken.
template <class Visit>
bool visit_elements(std::string_view raw, Visit visit) {
    json_cursor<false> json({raw});
    if (!json.take('[')) return false;
    if (json.take_spaced(']')) return true;
    do {
        json.skip_space();
        const char* const first = json.at();
        if (json.peek() == '[' || json.peek() == '{')
            json.jump(scan_nested<false>({json.rest()}, deepest).at);
        else
            static_cast<void>(json.scalar());
        if (!visit(text_between(first, json.at()))) return false;
    } while (json.take_spaced(','));
    return true;
}

template <class Vector>
bool read_list(std::string_view raw, Vector& out) {
    out.clear();
    return visit_elements(raw, [&](std::string_view element) {
        typename Vector::value_type value{};
        if (!read_value(element, value)) return false;
        out.push_back(std::move(value));
        return true;
    });
}

/// Exactly as many elements as the array has.
template <class T, std::size_t Size>
bool read_fixed_array(std::string_view raw, std::array<T, Size>& out) {
    std::size_t count = 0;
    const bool fit = visit_elements(raw, [&](std::string_view element) {
        return count != Size && read_value(element, out[count++]);
    });
    return fit && count == Size;
}

template <class Map>
bool read_dictionary(std::string_view raw, Map& out) {
    if (raw.front() != '{') return false;
    out.clear();
    std::set<std::string> misfits;
    const auto read = [&](const scanned_member& member) { // of two of a name the last one counts
        std::string key;
        append_unescaped(key, member.key);
        typename Map::mapped_type value{};
        if (read_value(member.value, value, member.value_escaped)) {
            misfits.erase(key);
            out.insert_or_assign(std::move(key), std::move(value));
        } else {
            misfits.insert(std::move(key));
        }
    };
    visit_members(raw, read);
    return misfits.empty();
}

template <class T>
bool read_members(std::string_view raw, T& out) {
    if (raw.front() != '{') return false;
    typename header_traits<T>::reader reader(out);
    visit_members(raw, reader);
    return reader.finish(/*inside=*/true);
}

/// The one of the names that a string spells.
template <class T>
bool read_name(std::string_view raw, T& out) {
    if (raw.front() != '"') return false;
    raw = raw.substr(1, raw.size() - 2);
    for (const auto& [name, value] : header_traits<T>::enumerator_names)
        if (spells(raw, name)) {
            out = value;
            return true;
        }
    return false;
}

/// Reads one checked JSON value into `out`, strictly: an integer is written without fraction and
/// exponent and in range, a string is a string. A null std::optional is empty. `escaped` is false
/// of a string known to hold no escapes.
///
/// Returns: whether it fits; `out` is unspecified if not.
template <class T>
FRAMING_ALWAYS_INLINE inline bool read_value(std::string_view raw, T& out, bool escaped) {
    if constexpr (std::same_as<T, bool>) {
        out = raw == "true";
        return out || raw == "false";
    } else if constexpr (std::is_arithmetic_v<T>) {
        return read_number(raw, out);
    } else if constexpr (std::same_as<T, std::string>) {
        if (raw.front() != '"') return false;
        raw.remove_prefix(1);
        raw.remove_suffix(1);
        out.clear();
        if (escaped)
            append_unescaped(out, raw);
        else
            out.append(raw);
        return true;
    } else if constexpr (is_optional<T>) {
        if (raw == "null") {
            out.reset();
            return true;
        }
        if (!out) out.emplace();
        return read_value(raw, *out, escaped);
    } else if constexpr (is_duration<T>) {
        typename T::rep count{};
        if (!read_number(raw, count)) return false;
        out = T(count);
        return true;
    } else if constexpr (is_vector<T>) {
        return read_list(raw, out);
    } else if constexpr (is_array<T>) {
        return read_fixed_array(raw, out);
    } else if constexpr (is_map<T>) {
        return read_dictionary(raw, out);
    } else if constexpr (has_members<T>) {
        return read_members(raw, out);
    } else if constexpr (has_names<T>) {
        return read_name(raw, out);
    } else if constexpr (has_value_traits<T>) {
        return header_traits<T>::read_json(raw, out);
    } else {
        require_value<T>();
        return false;
    }
}

} // namespace framing::inline v0::detail
