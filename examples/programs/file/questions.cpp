// SPDX-License-Identifier: MIT
#include "file/questions.hpp"

#include <framing/header_view.hpp>

#include "file/error.hpp"
#include "support/contact.hpp"
#include "support/message.hpp"

#include <cstddef>
#include <utility>

using asio::awaitable;
using nlohmann::json;

namespace questions {
namespace {

constexpr std::size_t most_held = 512 * 1024 * 1024; // bytes of a listing

entry entry_of(const json& said) {
    entry result;
    result.name = message::text_of(said, "name").value_or("");
    const auto kind = message::text_of(said, "kind");
    result.is_file = kind == "file";
    result.is_folder = kind == "directory";
    result.exists = kind.has_value();
    result.size = message::size_of(said, "size").value_or(0);
    if (const auto time = said.find("mtime"); time != said.end() && time->is_number())
        result.mtime = time->get<double>();
    result.mode = static_cast<unsigned>(message::size_of(said, "mode").value_or(0));
    result.partial = message::size_of(said, "partial").value_or(0);
    return result;
}

} // namespace

void expect(std::string_view type, const framing::header_view& header) {
    if (message::text_of(header, "type") == type) return;
    const json tree = message::tree_of(header);
    if (message::text_of(tree, "type") == "error")
        throw file_error(message::text_of(tree, "code").value_or("refused"),
                         message::text_of(tree, "message").value_or("the server refuses"));
    contact::expect(type, tree);
}

void post(connection& server, const json& header, framing::byte_view body) {
    const auto failure = server.post(header, body);
    if (!failure) return;
    if (!server.failure())
        throw file_error("bad_request", "it cannot be asked for: " + failure.message());
    throw contact::disconnected("the connection broke: " + failure.message());
}

awaitable<json> ask(connection& server, const json& question, std::string_view type) {
    post(server, question);
    const auto* const answer = co_await contact::read(server);
    expect(type, answer->header);
    co_return message::tree_of(answer->header);
}

awaitable<entry> stat(connection& server, const std::string& name,
                      std::optional<std::pair<std::uint64_t, double>> would_put) {
    json question{{"type", "stat"}, {"name", name}};
    if (would_put) {
        question["size"] = would_put->first;
        question["mtime"] = would_put->second;
    }
    const json said = co_await ask(server, question, "stat");
    entry result = entry_of(said);
    result.name = name;
    co_return result;
}

awaitable<std::optional<std::vector<entry>>> list(connection& server, const std::string& name) {
    post(server, {{"type", "list"}, {"name", name}});
    std::vector<entry> entries;
    std::size_t held = 0; // at most, whatever the entries are
    bool more = true;
    while (more) {
        const auto* const answer = co_await contact::read(server);
        try {
            expect("listing", answer->header);
        } catch (const file_error& error) {
            if (error.code() == "not_found") co_return std::nullopt;
            throw;
        }
        more = answer->header.find("more").get<bool>().value_or(false);
        const json page = json::parse(answer->text(), nullptr, false);
        if (!page.is_array()) throw contact::refused("the server has sent a listing that is none");
        if (page.empty()) more = false;
        held += page.size() * sizeof(entry) + answer->body.size();
        if (held > most_held)
            throw contact::refused("the server has sent a listing that is too long");
        for (const json& each : page)
            if (each.is_object()) entries.push_back(entry_of(each));
    }
    co_return entries;
}

} // namespace questions
