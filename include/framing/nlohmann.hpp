// SPDX-License-Identifier: MIT
#pragma once

#include <framing/detail/attributes.hpp>
#include <framing/detail/json/escapes.hpp>
#include <framing/detail/json/json_cursor.hpp>
#include <framing/detail/json/read_number.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>
#include <framing/header_writer.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>

// Headers, and members of headers, that are nlohmann's trees, or that its macros can read and
// write.
namespace framing::inline v0 {
namespace detail {

template <class T>
inline constexpr bool is_basic_json = false;
template <template <class, class, class...> class Object, template <class, class...> class Array,
          class String, class Boolean, class Integer, class Unsigned, class Floating,
          template <class> class Allocator, template <class, class = void> class Serializer,
          class Binary>
inline constexpr bool is_basic_json<nlohmann::basic_json<
    Object, Array, String, Boolean, Integer, Unsigned, Floating, Allocator, Serializer, Binary>> =
    true;

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
    explicit json_reader(std::string_view text) noexcept : cursor_({text}) {}

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
[[nodiscard]] Json read_tree(std::string_view text) {
    Json json;
    if constexpr (plain_json<Json>) {
        if (!json_reader<Json>(text).read(json)) json = Json(Json::value_t::discarded);
    } else {
        json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    }
    return json;
}

template <class T>
concept nlohmann_readable = requires(const nlohmann::json& json, T& value) {
    json.get_to(value);
};
template <class T>
concept nlohmann_writable = std::constructible_from<nlohmann::json, const T&>;
template <class T>
concept nlohmann_converted = !is_basic_json<T> && (nlohmann_readable<T> || nlohmann_writable<T>);

} // namespace detail

/// nlohmann::json, nlohmann::ordered_json and their kin: a whole header, or a member of one, as a
/// tree. A null one is an empty header. Throws: std::bad_alloc.
template <class Json>
requires detail::is_basic_json<Json>
struct header_traits<Json> {
    /// Reads a header. Returns: false when a number is too large for a double.
    static bool read(const header_view& text, Json& header) {
        return read_json(text.text(), header);
    }
    /// As above, of one value.
    static bool read_json(std::string_view text, Json& value) {
        value = detail::read_tree<Json>(text);
        return !value.is_discarded();
    }

    /// Writes a header; refuses what is no object and not null.
    static void write(const Json& header, header_writer& out) {
        if (header.is_null()) return out.object([] {});
        header.is_object() ? write_json(header, out) : out.refuse();
    }
    /// Writes one value; refuses what JSON has not, as binary.
    static void write_json(const Json& value, header_writer& out) {
        using kind = nlohmann::detail::value_t;
        switch (value.type()) {
        case kind::null: return out.null();
        case kind::boolean: return write_as<typename Json::boolean_t>(value, out);
        case kind::number_integer: return write_as<typename Json::number_integer_t>(value, out);
        case kind::number_unsigned: return write_as<typename Json::number_unsigned_t>(value, out);
        case kind::number_float: return write_as<typename Json::number_float_t>(value, out);
        case kind::string: return write_as<typename Json::string_t>(value, out);
        case kind::array:
            return out.array([&] {
                for (const Json& element : inside<typename Json::array_t>(value))
                    out.element(element);
            });
        case kind::object:
            return out.object([&] {
                for (const auto& [key, member] : inside<typename Json::object_t>(value))
                    out.member(key, member);
            });
        case kind::binary:
        case kind::discarded: break;
        }
        out.refuse();
    }

private:
    template <class T>
    static const T& inside(const Json& value) {
        return *value.template get_ptr<const T*>();
    }
    template <class T>
    static void write_as(const Json& value, header_writer& out) {
        out.write(inside<T>(value));
    }
};

/// Every other type that nlohmann/json can convert, which costs a tree a frame.
///
/// Throws: std::bad_alloc; what its to_json throws, or its from_json that is no std::exception.
template <detail::nlohmann_converted T>
struct header_traits<T> {
    /// Reads a header. Returns: whether its from_json takes it, without an exception.
    static bool read(const header_view& text, T& header) {
        header = T{}; // from_json may leave alone what the text does not name
        return read_json(text.text(), header);
    }
    /// As above, of one value.
    static bool read_json([[maybe_unused]] std::string_view text, [[maybe_unused]] T& value) {
        static_assert(
            FRAMING_HAS_EXCEPTIONS && detail::nlohmann_readable<T>,
            "no way to read this type from JSON: derive its header_traits from members<>, "
            "or give it nlohmann's from_json, which reports errors by exceptions");
        static_assert(!std::convertible_to<T, std::string_view> || std::same_as<T, std::string>,
                      "a view would outlive what it views: read a std::string");
#if !FRAMING_HAS_EXCEPTIONS
        return false;
#else
        const auto json = detail::read_tree<nlohmann::json>(text);
        if (json.is_discarded()) return false;
        try {
            json.get_to(value);
            return true;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception&) {
            return false;
        }
#endif
    }

    /// Writes a header; refuses what its to_json makes no object of.
    static void write(const T& header, header_writer& out) {
        header_traits<nlohmann::json>::write(to_json(header), out);
    }
    /// Writes one value.
    static void write_json(const T& value, header_writer& out) {
        out.write(to_json(value));
    }

private:
    static nlohmann::json to_json(const T& value) {
        static_assert(FRAMING_HAS_EXCEPTIONS && detail::nlohmann_writable<T>,
                      "no way to write this type as JSON: derive its header_traits from members<>, "
                      "or give it nlohmann's to_json, which reports errors by exceptions");
        return nlohmann::json(value);
    }
};

inline nlohmann::json header_view::json() const {
    return detail::read_tree<nlohmann::json>(text());
}

} // namespace framing::inline v0
