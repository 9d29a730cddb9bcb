// SPDX-License-Identifier: MIT
#include "file/request.hpp"

#include "file/name.hpp"
#include "file/times.hpp"

#include <utility>
#include <variant>

namespace request {
namespace {

/// As it is said.
struct wire_put {
    std::string name;
    std::uint64_t size = 0;
    std::optional<std::uint64_t> offset;
    std::optional<extents> data;
    std::optional<sum_kind> sum;
    std::optional<double> mtime;
    std::optional<unsigned> mode;
    std::optional<bool> if_absent;
};

} // namespace
} // namespace request

template <>
struct framing::header_traits<request::wire_put>
    : framing::members<request::wire_put, framing::member<"name", &request::wire_put::name>,
                       framing::member<"offset", &request::wire_put::offset>,
                       framing::member<"size", &request::wire_put::size>,
                       framing::member<"mtime", &request::wire_put::mtime>,
                       framing::member<"mode", &request::wire_put::mode>,
                       framing::member<"sum", &request::wire_put::sum>,
                       framing::member<"if_absent", &request::wire_put::if_absent>,
                       framing::member<"data", &request::wire_put::data>> {};

template <>
struct framing::header_traits<request::put_end>
    : framing::members<request::put_end, framing::member<"sha256", &request::put_end::sha256>,
                       framing::member<"xxh128", &request::put_end::xxh128>> {};

template <>
struct framing::header_traits<request::stat>
    : framing::members<request::stat, framing::member<"name", &request::stat::name>,
                       framing::member<"size", &request::stat::size>,
                       framing::member<"mtime", &request::stat::mtime>> {};

template <>
struct framing::header_traits<request::get>
    : framing::members<request::get, framing::member<"name", &request::get::name>,
                       framing::member<"offset", &request::get::offset>,
                       framing::member<"sum", &request::get::sum>,
                       framing::member<"sparse", &request::get::sparse>> {};

template <>
struct framing::header_traits<request::list>
    : framing::members<request::list, framing::member<"name", &request::list::name>> {};

template <>
struct framing::header_traits<request::remove>
    : framing::members<request::remove, framing::member<"name", &request::remove::name>> {};

template <>
struct framing::header_traits<request::make_folder>
    : framing::members<request::make_folder, framing::member<"name", &request::make_folder::name>,
                       framing::member<"mode", &request::make_folder::mode>> {};

template <>
struct framing::header_traits<request::sum>
    : framing::members<request::sum, framing::member<"name", &request::sum::name>,
                       framing::member<"sum", &request::sum::sum>> {};

namespace request {
namespace {

using framing::header_view;

/// A message about what is called so, if that can be; `root`: the folder that is served has the
/// name "".
template <class Message>
any named(std::optional<Message> message, const char* needs, bool root = false) {
    if (!message) return mistake{.why = needs};
    if (root && message->name.empty()) return *std::move(message);
    if (const auto fault = fault_of(message->name))
        return mistake{fault->code, fault->why, message->name};
    return *std::move(message);
}

std::optional<put> from_wire(wire_put said, std::uint64_t body_size) {
    const std::uint64_t offset = said.offset.value_or(0);
    if (said.size > largest_file || offset > said.size || !is_time(said.mtime.value_or(0)))
        return std::nullopt;
    put wanted{std::move(said.name), {}, said.mode};
    wanted.file = {.size = said.size,
                   .offset = offset,
                   .data = said.data ? *std::move(said.data) : whole(offset, said.size),
                   .sum = said.sum.value_or(sum_kind::sha256),
                   .mtime = said.mtime,
                   .if_absent = said.if_absent.value_or(false)};
    if (wanted.file.data.size() > most_extents || !fit(wanted.file.data, offset, said.size) ||
        bytes_of(wanted.file.data) != body_size)
        return std::nullopt;
    return wanted;
}

any parse_put(const header_view& header, std::uint64_t body_size) {
    auto said = header.get<wire_put>();
    std::optional<put> wanted;
    if (said) wanted = from_wire(*std::move(said), body_size);
    any result =
        named(std::move(wanted),
              "put needs a string \"name\" and a \"size\"; \"offset\" is at most that, "
              "\"body_size\" what is left from there on, \"sum\" sha256, xxh128 or none, "
              "\"mtime\" a number, \"mode\" a whole one, \"if_absent\" true or false, \"data\" "
              "at most 256 stretches [offset, length] in order");
    if (auto* const wrong = std::get_if<mistake>(&result)) wrong->is_put = true;
    return result;
}

any parse_stat(const header_view& header) {
    auto wanted = header.get<stat>();
    if (wanted && !is_time(wanted->mtime.value_or(0))) wanted.reset();
    return named(std::move(wanted),
                 "stat needs a string \"name\"; \"size\" and \"mtime\" are numbers", true);
}

any parse_get(const header_view& header) {
    auto wanted = header.get<get>();
    if (wanted && wanted->offset.value_or(0) > largest_file) wanted.reset();
    return named(std::move(wanted),
                 "get needs a string \"name\"; \"offset\" is a whole number, \"sum\" sha256, "
                 "xxh128 or none, \"sparse\" true or false");
}

} // namespace

any parse(const header_view& header, std::uint64_t body_size) {
    const auto type = header.find("type").get<std::string>();
    if (!type) return mistake{.why = "a message needs a string \"type\""};
    constexpr const char* needs_name = "it needs a string \"name\"";
    if (*type == "put") return parse_put(header, body_size);
    if (*type == "put_end") return header.get<put_end>().value_or(put_end());
    if (*type == "stat") return parse_stat(header);
    if (*type == "get") return parse_get(header);
    if (*type == "list") return named(header.get<list>(), needs_name, true);
    if (*type == "remove") return named(header.get<remove>(), needs_name);
    if (*type == "mkdir")
        return named(header.get<make_folder>(),
                     "mkdir needs a string \"name\"; \"mode\" is a whole number");
    if (*type == "sum")
        return named(header.get<sum>(),
                     "sum needs a string \"name\"; \"sum\" is sha256, xxh128 or none");
    if (*type == "auth") return auth{};
    return mistake{"unknown_type", "no message of this type is known"};
}

} // namespace request
