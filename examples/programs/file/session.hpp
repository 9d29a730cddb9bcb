// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>

#include "file/arrivals.hpp"
#include "file/body.hpp"
#include "file/error.hpp"
#include "file/request.hpp"
#include "file/store.hpp"
#include "support/connection.hpp"
#include "support/disk.hpp"
#include "support/service.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Where what waits for the disk is done, so that what takes long holds up nothing else.
struct disks {
    explicit disks(const asio::any_io_executor& executor)
        : soon(executor, threads), sums(executor, threads), stores(executor, threads) {}

    static constexpr std::size_t threads = 4;

    disk soon;   // what is soon done
    disk sums;   // sums over much that nobody sends
    disk stores; // what has to be on the disk before it is answered
};

/// One client of the file server that was let in. Answers come in the order of the questions.
class session {
public:
    session(const service::client& client, store& files, disks& disks);

    /// Serves the client until it goes or is sent away.
    asio::awaitable<void> run();

private:
    struct question {
        request::any asks;
        std::uint64_t body_size = 0;
    };

    /// A file that is got.
    struct departure {
        request::get wanted;
        std::shared_ptr<outgoing> file;
        std::shared_ptr<body::chunk> bytes; // that were read
        std::optional<std::string> sum;     // once it is known
        std::optional<file_error> fault;
    };

    asio::awaitable<void> serve();
    /// The next one, if it has come already.
    std::optional<question> try_next();
    /// The next one; nothing where there is none to come.
    asio::awaitable<std::optional<question>> next();
    asio::awaitable<void> handle(const question& asked);

    asio::awaitable<void> receive(const request::put& wanted, std::uint64_t left);
    /// Waits for the rest of a file, and for what comes behind it.
    asio::awaitable<void> come_whole(arrival& now, std::uint64_t& left,
                                     std::optional<question>& end);
    /// Passes over what a client sends that was refused.
    asio::awaitable<void> drop(std::uint64_t left);
    void answer(const arrival& file);

    /// Sends a file, and those that were asked for together with it.
    asio::awaitable<void> send(const request::get& first);
    void open(departure& file);
    static void begin(departure& file);
    asio::awaitable<void> send(departure& file);
    asio::awaitable<void> list(const request::list& wanted);
    asio::awaitable<void> sum(const request::sum& wanted);

    [[nodiscard]] disk& place_of(bool is_long) { return is_long ? sums_ : disk_; }
    /// Works on a file, step by step until one says that it was the last; where that takes long,
    /// until the client goes or the server stops.
    template <class File>
    asio::awaitable<void> work_on(File& file, bool is_long, std::function<bool()> step);
    /// Waits for what the disk does. Throws: file_error.
    asio::awaitable<void> on_disk(std::function<void()> work);

    void refuse(std::string_view what, const file_error& why);
    void post(const nlohmann::json& header, framing::byte_view body = {});

    connection& peer_;
    std::string proof_;
    nlohmann::json welcome_; // null once it was said
    store& store_;
    disk& disk_;
    disk& sums_;
    std::optional<question> ahead_; // what came where the end of a put was to come
    arrivals arrivals_;
    bool end_is_void_ = false; // that of a put that was refused is still to come
    bool over_ = false;        // nothing can be made of what comes
};
