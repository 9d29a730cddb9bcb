// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/escapes.hpp>
#include <framing/detail/json_cursor.hpp>
#include <framing/detail/read_number.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace framing::inline v0::detail {

// With diagnostics each value has to know its parent, which only nlohmann's own code can tell it.
#if defined(JSON_DIAGNOSTICS) && JSON_DIAGNOSTICS
inline constexpr bool trees_have_parents = true;
#else
inline constexpr bool trees_have_parents = false;
#endif

/// Whether the tree's strings and numbers are of the types that nlohmann::json has.
template <class Json>
concept plain_json = !trees_have_parents && std::same_as<typename Json::string_t, std::string> &&
                     std::same_as<typename Json::number_unsigned_t, std::uint64_t> &&
                     std::same_as<typename Json::number_integer_t, std::int64_t> &&
                     std::same_as<typename Json::number_float_t, double>;

/// Builds the tree of a checked text, the same that nlohmann's parser would, which cannot know that
/// nothing is left to be judged. Recurses no deeper than a header may nest.
template <class Json>
class json_reader {
public:
    explicit json_reader(std::string_view text) noexcept : cursor_(text, 0) {}

    /// Returns: false when a number is too large for a double.
    bool read(Json& out) {
        cursor_.skip_space();
        switch (cursor_.peek()) {
        case '{': return read_object(out);
        case '[': return read_array(out);
        case '"': out = read_string(); return true;
        case 't': out = true; break;
        case 'f': out = false; break;
        case 'n': out = nullptr; break;
        default: return read_number(out);
        }
        return cursor_.scalar();
    }

private:
    bool read_object(Json& out) {
        using object = typename Json::object_t;
        out = Json(Json::value_t::object);
        auto& members = *out.template get_ptr<object*>();
        cursor_.take('{');
        if (cursor_.take_spaced('}')) return true;
        do {
            cursor_.skip_space();
            // The last one counts, where the first one stood.
            Json& value = members[read_string()];
            cursor_.take_spaced(':');
            if (!read(value)) return false;
        } while (cursor_.take_spaced(','));
        cursor_.take('}');
        return true;
    }

    bool read_array(Json& out) {
        using array = typename Json::array_t;
        out = Json(Json::value_t::array);
        auto& elements = *out.template get_ptr<array*>();
        cursor_.take('[');
        if (cursor_.take_spaced(']')) return true;
        do
            if (!read(elements.emplace_back())) return false;
        while (cursor_.take_spaced(','));
        cursor_.take(']');
        return true;
    }

    std::string read_string() {
        cursor_.take('"');
        const char* const first = cursor_.at();
        static_cast<void>(cursor_.finish_string());
        const std::string_view raw(first, cursor_.at() - 1);
        if (!cursor_.escaped()) return std::string(raw);
        std::string text;
        append_unescaped(text, raw);
        return text;
    }

    bool read_number(Json& out) {
        const char* const first = cursor_.at();
        static_cast<void>(cursor_.scalar());
        const std::string_view raw(first, cursor_.at());
        std::uint64_t natural = 0;
        std::int64_t integer = 0;
        double real = 0;
        if (detail::read_number(raw, natural))
            out = natural;
        else if (detail::read_number(raw, integer))
            out = integer;
        else if (detail::read_number(raw, real))
            out = real;
        else
            return false;
        return true;
    }

    json_cursor<false> cursor_;
};

/// The tree of a checked text; discarded when a number is too large for a double.
template <class Json>
[[nodiscard]] Json read_json(std::string_view text) {
    Json json;
    if constexpr (plain_json<Json>) {
        if (!json_reader<Json>(text).read(json)) json = Json(Json::value_t::discarded);
    } else {
        json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    }
    return json;
}

} // namespace framing::inline v0::detail
