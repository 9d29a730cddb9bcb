// SPDX-License-Identifier: MIT
#include "support/message.hpp"

#include <framing/nlohmann.hpp>

#include "support/visible.hpp"

namespace message {

std::optional<std::string> text_of(const nlohmann::json& object, const char* key) {
    const auto value = object.find(key);
    if (value == object.end() || !value->is_string()) return std::nullopt;
    auto text = value->get<std::string>();
    if (text.find('\0') != text.npos) return std::nullopt;
    return text;
}

std::optional<std::string> text_of(const framing::header_view& header, const char* key) {
    auto text = header.find(key).get<std::string>();
    if (text && text->find('\0') != text->npos) text.reset();
    return text;
}

nlohmann::json tree_of(const framing::header_view& header) {
    nlohmann::json tree = header.json();
    if (tree.is_discarded()) tree = nlohmann::json::object();
    return tree;
}

std::optional<std::uint64_t> size_of(const nlohmann::json& object, const char* key) {
    const auto value = object.find(key);
    if (value == object.end() || !value->is_number_unsigned()) return std::nullopt;
    return value->get<std::uint64_t>();
}

nlohmann::json error(std::string_view code, std::string_view why) {
    return {{"type", "error"}, {"code", code}, {"message", why}};
}

std::string to_text(const nlohmann::json& value) {
    return visible(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string escaped(std::string_view text, std::size_t most) {
    return to_text(text.substr(0, most)) + (text.size() > most ? "..." : "");
}

} // namespace message
