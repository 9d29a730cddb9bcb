// SPDX-License-Identifier: MIT
#pragma once

#include <framing/error.hpp>
#include <framing/header_view.hpp>

#include <doctest/doctest.h>

#include <string_view>

namespace helpers {

/// A view of a good text that lives on.
inline framing::header_view view(std::string_view text) {
    framing::fault why;
    const auto parsed = framing::header_view::parse(text, {.max_depth = 1024}, why);
    CAPTURE(why.message());
    REQUIRE(parsed);
    return *parsed;
}

} // namespace helpers
