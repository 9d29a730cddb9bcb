// SPDX-License-Identifier: MIT
#include "shell/request.hpp"

#include "shell/signals.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

template <>
struct framing::header_traits<window>
    : framing::members<window, framing::member<"rows", &window::rows>,
                       framing::member<"cols", &window::columns>> {};

template <>
struct framing::header_traits<request::pty>
    : framing::members<request::pty, framing::member<"rows", &request::pty::rows>,
                       framing::member<"cols", &request::pty::cols>,
                       framing::member<"term", &request::pty::term>> {};

template <>
struct framing::header_traits<request::exec>
    : framing::members<request::exec, framing::member<"id", &request::exec::id>,
                       framing::member<"command", &request::exec::command>,
                       framing::member<"cwd", &request::exec::cwd>,
                       framing::member<"env", &request::exec::env>,
                       framing::member<"timeout_ms", &request::exec::timeout_ms>,
                       framing::member<"pty", &request::exec::pty>> {};

namespace request {
namespace {

using framing::header_view;

/// What goes to a system that ends its texts by a NUL.
bool is_text(std::string_view text) {
    return text.find('\0') == text.npos;
}

bool is_variable(const std::pair<const std::string, std::string>& variable) {
    const auto& [name, value] = variable;
    return !name.empty() && name.find('=') == name.npos && is_text(name) && is_text(value);
}

/// Whether it is only a name, and none of a file elsewhere.
bool is_terminal(std::string_view name) {
    constexpr std::string_view known =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
    return !name.empty() && name.size() <= 64 && name.find_first_not_of(known) == name.npos;
}

bool can_be(const exec& wanted) {
    return is_text(wanted.command.value_or("")) && is_text(wanted.cwd.value_or("")) &&
           (!wanted.env || std::ranges::all_of(*wanted.env, is_variable)) &&
           (!wanted.pty || is_terminal(wanted.pty->term.value_or("xterm")));
}

any parse_exec(const header_view& header, bool is_shell) {
    auto wanted = header.get<exec>();
    if (wanted && is_shell) wanted->command.reset();
    if (wanted && can_be(*wanted) && wanted->command.has_value() != is_shell)
        return *std::move(wanted);
    return mistake{.why = "exec needs an \"id\" from 0 to 4294967295 and a string \"command\", "
                          "shell only the \"id\"; \"cwd\" is a string, \"env\" an object of "
                          "strings, \"timeout_ms\" a "
                          "whole number, \"pty\" an object with \"rows\", \"cols\" and at most 64 "
                          "letters, digits and ._+- as its \"term\""};
}

any parse_request(const header_view& header) {
    const auto type = header.find("type").get<std::string>();
    if (!type) return mistake{.why = "a message needs a string \"type\""};
    if (*type == "stdin") return input{};
    if (*type == "exec") return parse_exec(header, false);
    if (*type == "shell") return parse_exec(header, true);
    if (*type == "stdin_close") return input_end{};
    if (*type == "signal")
        return signal{signal_number(header.find("signal").get<std::string>().value_or(""))};
    if (*type == "resize") return resize{header.get<window>()};
    if (*type == "auth") return auth{};
    return mistake{"unknown_type", "no message of this type is known"};
}

} // namespace

message parse(const header_view& header) {
    return {header.find("id").get<std::uint32_t>(), parse_request(header)};
}

} // namespace request
