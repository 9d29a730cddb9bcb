// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

/// The names that somebody has given servers, with how to reach each, in a file as ssh has one:
///
///     host work            # a comment
///         address     work.example:7000
///         tls-ca      work-ca.pem
///         token-file  ~/work.token
namespace hosts {

/// What a file says of one, by the names of the client's options: "address", "token-file", "tls",
/// "tls-ca", "tls-pin", "tls-cert", "tls-key".
using host = std::map<std::string, std::string, std::less<>>;
using table = std::map<std::string, host, std::less<>>;

/// Reads the text of a file. Files that it names are beside it, unless they begin at / or ~.
/// Throws: std::invalid_argument, which names file and line.
[[nodiscard]] table parse(std::string_view text, const std::filesystem::path& file);

/// Where it is: in $XDG_CONFIG_HOME, or ~/.config. Empty where neither can be known.
[[nodiscard]] std::filesystem::path default_path();

/// What the file says of a name.
/// Throws: std::invalid_argument where it does not, or cannot be trusted or read.
[[nodiscard]] host find(const std::string& name);

/// An address, or a name that stands for one. An address, which has a colon, needs no file.
/// Throws: as `find`.
[[nodiscard]] std::string address_of(const std::string& text);

/// Whether it is no address, but a name.
[[nodiscard]] bool is_name(std::string_view text);

} // namespace hosts
