// SPDX-License-Identifier: MIT
#pragma once

#include <framing/decoder.hpp>
#include <framing/encoder.hpp>
#include <framing/format.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>

#include "support/dialect.hpp"
#include "support/token_line.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <string>
#include <system_error>

/// Clients of the lesson's transfer: `{"cmd":"put","file_name":...,"file_size":N}` and the file, or
/// `{"cmd":"get","file_name":...}`, which is answered by `{"file_name":...,"file_size":N}` and the
/// file. A file that cannot be put is answered by the end of the connection, as nothing else would
/// be heard, one that cannot be got by `"error"` and no bytes.
class lesson_files : public dialect {
public:
    explicit lesson_files(bool asks_token) : token_(asks_token) {}

    [[nodiscard]] std::error_code hear(std::span<const std::byte> bytes,
                                       std::string& frames) override;
    [[nodiscard]] std::error_code end() override { return {}; }
    void say(std::span<const std::byte> frames, std::string& bytes) override;
    [[nodiscard]] bool is_over() const override { return over_; }

private:
    enum class asked { put, get };

    [[nodiscard]] std::error_code ask(std::string& frames);
    void answer(std::string& bytes);

    /// How large a file may be is for the store to say.
    static constexpr framing::limits limits{.max_body_size =
                                                (std::numeric_limits<std::uint64_t>::max)()};

    token_line token_;
    framing::decoder<framing::header_view, framing::formats::lesson> from_client_{limits};
    framing::encoder<> to_server_;
    framing::decoder<framing::header_view> from_server_{limits};
    framing::encoder<nlohmann::json, framing::formats::lesson> to_client_;
    std::deque<asked> unanswered_;
    bool in_file_ = false; // one that is being given
    bool over_ = false;
};
