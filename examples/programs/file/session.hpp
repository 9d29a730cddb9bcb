// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>

#include "file/error.hpp"
#include "file/request.hpp"
#include "file/store.hpp"
#include "support/connection.hpp"
#include "support/disk.hpp"
#include "support/service.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One client of the file server that was let in. Answers come in the order of the questions.
class session {
public:
    session(const service::client& client, store& files, disk& disk);

    /// Serves the client until it goes or is sent away.
    asio::awaitable<void> run();

private:
    using reception = std::shared_ptr<store::reception>;

    struct question {
        request::any asks;
        std::uint64_t body_size = 0;
    };

    asio::awaitable<void> serve();
    /// The next one, if it has come already.
    std::optional<question> try_next();
    /// The next one; nothing where there is none to come.
    asio::awaitable<std::optional<question>> next();
    asio::awaitable<void> handle(const question& question);

    asio::awaitable<void> receive(const request::put& wanted, std::uint64_t left);
    /// Passes over what a client sends that was refused.
    asio::awaitable<void> drop(std::uint64_t left);
    /// Has a file that came whole wait for others, to get their names together.
    asio::awaitable<void> keep(const request::put& wanted, reception file, const std::string& sum);
    /// Gives their names to all files that wait for that.
    asio::awaitable<void> complete();

    asio::awaitable<void> send(const request::get& wanted);
    asio::awaitable<void> list(const request::list& wanted);
    asio::awaitable<void> sum(const request::sum& wanted);

    /// Waits for what the disk does. Throws: file_error.
    asio::awaitable<void> on_disk(std::function<void()> work);

    void refuse(std::string_view what, const file_error& why);
    void post(const nlohmann::json& header, framing::byte_view body = {});

    connection& peer_;
    std::string proof_;
    nlohmann::json welcome_; // null once it was said
    store& store_;
    disk& disk_;
    std::optional<question> ahead_;      // what came where the end of a put was to come
    std::vector<reception> whole_;       // files that have come, ...
    std::vector<nlohmann::json> stored_; // ... and what is answered
    std::uint64_t whole_bytes_ = 0;
    bool end_is_void_ = false; // that of a put that was refused is still to come
    bool over_ = false;        // nothing can be made of what comes
};
