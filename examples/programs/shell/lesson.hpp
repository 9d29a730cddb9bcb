// SPDX-License-Identifier: MIT
#pragma once

#include <framing/encoder.hpp>
#include <framing/format.hpp>
#include <framing/frame.hpp>
#include <framing/header_view.hpp>
#include <framing/limits.hpp>
#include <framing/reassembler.hpp>

#include "support/dialect.hpp"
#include "support/token_line.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

/// Clients of the lesson's remote command: what they send at once is a command, and its answer one
/// frame that has all it said, the size under `data_size`. Answers come in the order of commands.
class lesson_commands : public dialect {
public:
    explicit lesson_commands(bool asks_token) : token_(asks_token), trusted_(!asks_token) {}

    /// Of all answers that wait to be sent; what commands say more is left out.
    static constexpr std::size_t most_said = framing::limits().max_body_size;
    /// Commands sent ahead of their answers.
    static constexpr std::size_t most_waiting = 256;

    [[nodiscard]] std::error_code hear(std::span<const std::byte> bytes,
                                       std::string& frames) override;
    /// Nobody is there any more to hear what the commands say that run.
    [[nodiscard]] std::error_code end() override;
    void say(std::span<const std::byte> frames, std::string& bytes) override;
    [[nodiscard]] bool is_over() const override { return false; }

private:
    struct answer {
        std::string text;
        std::uint64_t left_out = 0;
        nlohmann::json end = nullptr; // what the header says of it; null while it runs
    };

    void understand(const framing::frame<framing::header_view>& frame, std::string& bytes);
    void add(answer& to, std::string_view text);
    void send(answer& to, std::string& bytes);

    token_line token_;
    bool trusted_; // for who runs the client, until that has said something
    framing::encoder<> encoder_;
    framing::encoder<nlohmann::json, framing::formats::lesson> to_client_;
    framing::reassembler<framing::header_view> from_server_;
    std::map<std::uint32_t, answer> answers_; // by command, until they are sent
    std::size_t held_ = 0;                    // bytes of them
    std::uint32_t next_ = 0;
};
