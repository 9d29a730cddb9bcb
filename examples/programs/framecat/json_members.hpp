// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace framecat {

/// A piece of checked JSON. What there is besides is punctuation, with the white space around it.
struct json_token {
    enum class kind { punctuation, key, string, other };

    kind what = kind::punctuation;
    std::string_view text;
    std::size_t depth = 0; // of the object or array it is in, or opens or closes
};

/// Takes checked JSON apart, piece by piece.
class json_scanner {
public:
    explicit json_scanner(std::string_view checked) : rest_(checked) {}

    /// Returns: nothing at the end.
    std::optional<json_token> next();

private:
    json_token take(json_token::kind what, std::size_t size);

    std::string_view rest_;
    std::size_t depth_ = 0;
};

/// A member of an object, both as they are written.
struct json_member {
    std::string_view key; // with its quotes
    std::string_view value;
};

/// The members of a checked object, in their order.
[[nodiscard]] std::vector<json_member> members_of(std::string_view object);

} // namespace framecat
