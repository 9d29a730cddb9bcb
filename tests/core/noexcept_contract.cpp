// SPDX-License-Identifier: MIT
#include <framing/framing.hpp>

#include "../helpers/chat_header.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

// What callers may rely on at compile time; all of it is checked without running anything.
namespace {

template <class Header>
constexpr bool contract() {
    using reassembler = framing::reassembler<Header>;
    using decoder = framing::decoder<Header>;
    using frames = typename reassembler::frames;
    using iterator = typename frames::iterator;

    // Moved into containers and coroutine frames, without a second thought.
    static_assert(std::is_nothrow_default_constructible_v<reassembler>);
    static_assert(std::is_nothrow_move_constructible_v<reassembler>);
    static_assert(std::is_nothrow_move_assignable_v<reassembler>);
    static_assert(std::is_nothrow_swappable_v<reassembler>);
    static_assert(std::is_nothrow_default_constructible_v<decoder>);
    static_assert(std::is_nothrow_move_constructible_v<decoder>);
    static_assert(std::is_nothrow_move_assignable_v<decoder>);
    static_assert(std::is_nothrow_move_constructible_v<framing::encoder<Header>>);

    // A stream has one reader.
    static_assert(!std::is_copy_constructible_v<reassembler>);
    static_assert(!std::is_copy_assignable_v<reassembler>);
    static_assert(!std::is_copy_constructible_v<decoder>);

    // A loop over frames stays with the call that it is over.
    static_assert(!std::is_copy_constructible_v<frames> && !std::is_move_constructible_v<frames>);
    static_assert(!std::is_copy_assignable_v<frames> && !std::is_move_assignable_v<frames>);
    static_assert(!std::is_default_constructible_v<frames>);
    static_assert(std::ranges::input_range<frames>);
    static_assert(!std::ranges::forward_range<frames>);
    static_assert(!std::ranges::borrowed_range<frames>);
    static_assert(std::same_as<std::ranges::range_value_t<frames>, framing::frame<Header>>);
    static_assert(std::is_nothrow_copy_constructible_v<iterator>);

    // Bytes taken are never lost to an exception.
    static_assert(noexcept(std::declval<reassembler&>().feed(std::declval<std::string&>())));
    static_assert(noexcept(std::declval<reassembler&>().feed(std::string())));
    static_assert(noexcept(std::declval<reassembler&>().commit(0)));
    static_assert(noexcept(std::declval<reassembler&>().reset()));
    static_assert(noexcept(std::declval<reassembler&>().shrink()));
    static_assert(noexcept(std::declval<const reassembler&>().error()));
    static_assert(noexcept(std::declval<const reassembler&>().buffered()));
    static_assert(noexcept(std::declval<decoder&>().skip_body()));
    static_assert(noexcept(std::declval<decoder&>().finish()));
    static_assert(noexcept(std::declval<decoder&>().reset()));

    // Room can be refused, and reading a header may need memory.
    static_assert(!noexcept(std::declval<reassembler&>().prepare(1)));
    static_assert(!noexcept(std::declval<iterator&>() == std::default_sentinel));
    static_assert(!noexcept(++std::declval<iterator&>()));
    return true;
}
static_assert(contract<framing::header_view>());
static_assert(contract<nlohmann::json>());
static_assert(contract<nlohmann::ordered_json>());
static_assert(contract<chat>());

// Sizes and pairs of them are not limits by accident.
static_assert(!std::is_convertible_v<framing::limits, framing::reassembler<>>);
static_assert(!std::is_convertible_v<framing::limits, framing::decoder<>>);

// What is no bytes is not fed.
template <class R>
concept can_be_fed = requires(framing::reassembler<>& r, R&& bytes) {
    r.feed(std::forward<R>(bytes));
};
static_assert(can_be_fed<std::string> && can_be_fed<std::string_view> && can_be_fed<const char[4]>);
static_assert(can_be_fed<std::span<const std::byte>> && can_be_fed<std::vector<unsigned char>&>);
static_assert(can_be_fed<const std::u8string&> && can_be_fed<std::array<signed char, 3>>);
static_assert(!can_be_fed<std::vector<int>> && !can_be_fed<std::vector<bool>> && !can_be_fed<int>);
static_assert(!can_be_fed<std::wstring> && !can_be_fed<const char*>);

// A fault is worth what it carries, and no more.
static_assert(std::is_trivially_copyable_v<framing::fault>);
static_assert(std::is_convertible_v<framing::fault, std::error_code>);
static_assert(!std::is_convertible_v<framing::fault, bool>);
static_assert(std::is_error_code_enum_v<framing::errc>);

} // namespace
