// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>

#include "file/digest.hpp"
#include "file/incoming.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

template <>
struct framing::header_traits<sum_kind>
    : framing::enumerators<sum_kind, framing::enumerator<"none", sum_kind::none>,
                           framing::enumerator<"sha256", sum_kind::sha256>,
                           framing::enumerator<"xxh128", sum_kind::xxh128>> {};

/// Each thing that a client of the file server may ask, its form and its names checked.
namespace request {

struct put {
    std::string name;
    incoming::description file;
    std::optional<unsigned> mode; // that of `file` is for the server to say
};
struct put_end {
    std::optional<std::string> sha256;
    std::optional<std::string> xxh128;
};
struct stat {
    std::string name;
    std::optional<std::uint64_t> size; // of the file that one would put
    std::optional<double> mtime;
};
struct get {
    std::string name;
    std::optional<std::uint64_t> offset;
    std::optional<sum_kind> sum;
    std::optional<bool> sparse;
};
struct list {
    std::string name;
};
struct remove {
    std::string name;
};
struct make_folder {
    std::string name;
    std::optional<unsigned> mode; // permission bits
};
struct sum {
    std::string name;
    std::optional<sum_kind> sum;
};
struct auth {};
struct mistake {
    const char* code = "bad_request";
    const char* why = "";
    std::string name = {};
    bool is_put = false; // whose end is still to come
};

using any = std::variant<mistake, put, put_end, stat, get, list, remove, make_folder, sum, auth>;

/// `body_size`: of what follows the header.
[[nodiscard]] any parse(const framing::header_view& header, std::uint64_t body_size);

} // namespace request
