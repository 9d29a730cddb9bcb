// SPDX-License-Identifier: MIT
#include "framecat/json_members.hpp"

namespace framecat {
namespace {

constexpr std::string_view white_space = " \t\r\n";

/// How long a string is that the text begins with, quotes and all.
std::size_t string_size(std::string_view text) {
    std::size_t end = 1;
    while (text[end] != '"') end += text[end] == '\\' ? 2U : 1U;
    return end + 1;
}

} // namespace

std::optional<json_token> json_scanner::next() {
    if (rest_.empty()) return std::nullopt;
    const char first = rest_.front();
    if (first == '"') {
        const std::size_t size = string_size(rest_);
        const std::size_t behind = rest_.find_first_not_of(white_space, size);
        const bool is_key = behind != rest_.npos && rest_[behind] == ':';
        return take(is_key ? json_token::kind::key : json_token::kind::string, size);
    }
    const bool is_bracket = std::string_view("{}[]").find(first) != std::string_view::npos;
    if (first == '{' || first == '[') ++depth_;
    if (is_bracket || first == ':' || first == ',') {
        const json_token token = take(json_token::kind::punctuation, 1);
        if (first == '}' || first == ']') --depth_;
        return token;
    }
    if (white_space.find(first) != white_space.npos) {
        const std::size_t end = rest_.find_first_not_of(white_space);
        return take(json_token::kind::punctuation, end == rest_.npos ? rest_.size() : end);
    }
    const std::size_t end = rest_.find_first_of(",]} \t\r\n");
    return take(json_token::kind::other, end == rest_.npos ? rest_.size() : end);
}

json_token json_scanner::take(json_token::kind what, std::size_t size) {
    const json_token token{what, rest_.substr(0, size), depth_};
    rest_.remove_prefix(size);
    return token;
}

std::vector<json_member> members_of(std::string_view object) {
    std::vector<json_member> members;
    std::string_view key;
    std::size_t begin = 0; // of the value
    std::size_t end = 0;
    const auto keep = [&] {
        if (!key.empty()) members.push_back({key, object.substr(begin, end - begin)});
        key = {};
    };
    json_scanner scanner(object);
    while (const auto token = scanner.next()) {
        const auto at = static_cast<std::size_t>(token->text.data() - object.data());
        const bool is_space = white_space.find(token->text.front()) != white_space.npos;
        if (is_space) continue;
        if (token->depth == 1 && token->what == json_token::kind::key) {
            key = token->text;
            begin = 0;
            continue;
        }
        const bool between = token->depth == 1 && token->what == json_token::kind::punctuation;
        if (between && token->text == ":") continue;
        if (between && (token->text == "," || token->text == "}")) {
            keep();
            continue;
        }
        if (begin == 0) begin = at;
        end = at + token->text.size();
    }
    return members;
}

} // namespace framecat
