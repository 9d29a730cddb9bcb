// SPDX-License-Identifier: MIT
#pragma once

#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>

#include "shell/child.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

/// Each thing that a client of the shell server may ask, its form checked.
namespace request {

struct pty {
    unsigned short rows = 0;
    unsigned short cols = 0;
    std::optional<std::string> term;
};
struct exec {
    std::uint32_t id = 0;
    std::optional<std::string> command; // none: a shell
    std::optional<std::string> cwd;
    std::optional<std::map<std::string, std::string>> env;
    std::optional<std::uint64_t> timeout_ms;
    std::optional<request::pty> pty;
};
struct input {};
struct input_end {};
struct signal {
    int number = 0; // 0 for one that is none
};
struct resize {
    std::optional<window> size; // nothing for one that is none
};
struct auth {};
struct mistake {
    const char* code = "bad_request";
    const char* why = "";
};

using any = std::variant<mistake, exec, input, input_end, signal, resize, auth>;

struct message {
    std::optional<std::uint32_t> id; // of a command
    any asks;
};

[[nodiscard]] message parse(const framing::header_view& header);

} // namespace request
