// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/header_view.hpp>

#include "support/connection.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a client asks a file server, of which the answer comes next.
/// Throws: contact::disconnected; contact::refused for what is no answer; file_error for an error,
/// as the server has said it.
namespace questions {

/// What a server has under a name.
struct entry {
    std::string name;
    bool exists = false;
    bool is_file = false;
    bool is_folder = false;
    std::uint64_t size = 0;
    double mtime = 0;
    unsigned mode = 0;
    std::uint64_t partial = 0; // bytes that came of what one would put
};

/// Makes sure of the type of an answer.
void expect(std::string_view type, const framing::header_view& header);

/// Says something.
void post(connection& server, const nlohmann::json& header, framing::byte_view body = {});

asio::awaitable<nlohmann::json> ask(connection& server, const nlohmann::json& question,
                                    std::string_view type);

/// `would_put`: its size and time, of a file that would get this name.
asio::awaitable<entry> stat(connection& server, const std::string& name,
                            std::optional<std::pair<std::uint64_t, double>> would_put);

/// What is in a folder; nothing where there is none.
asio::awaitable<std::optional<std::vector<entry>>> list(connection& server,
                                                        const std::string& name);

} // namespace questions
