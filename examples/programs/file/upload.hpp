// SPDX-License-Identifier: MIT
#pragma once

#include <framing/byte_view.hpp>
#include <framing/header_view.hpp>
#include <framing/net/condition.hpp>

#include "file/error.hpp"
#include "file/outgoing.hpp"
#include "file/pace.hpp"
#include "file/questions.hpp"
#include "file/report.hpp"
#include "file/selection.hpp"
#include "file/transfer.hpp"
#include "support/connection.hpp"
#include "support/descriptor.hpp"
#include "support/disk.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

/// Files and folders that are put, over as many connections as it takes. Answers are read while
/// more is sent, so that a small file costs no round trip.
class upload {
public:
    upload(const asio::any_io_executor& executor, disk& disk, const transfer_options& options,
           report& report);

    /// One more. `path`: here. `name`: there; where that ends in a slash, or is a folder and `path`
    /// is none, it goes below that as `base`.
    void add(const std::string& path, const std::string& name, const std::string& base);
    /// A file that is open already, such as one that holds what came from standard input.
    void add(descriptor file, const std::string& name);

    /// Goes on, until all is there or has failed.
    /// Throws: contact::disconnected, after which it can go on by another connection.
    asio::awaitable<void> go_on(connection& server);

    [[nodiscard]] bool done() const { return waiting_.empty(); }

private:
    struct ancestor;

    struct item : selection::candidate {
        std::string base;                 // for what may have to go below its name
        std::shared_ptr<descriptor> open; // in place of a path
        std::shared_ptr<const ancestor> inside;
        std::optional<questions::entry> there; // what the server has, where that is known
        bool from_the_start = false;           // whatever part there is
        int tries = 0;

        // Of what was sent.
        bool is_folder = false; // that is made
        unsigned mode = 0;
        std::uint64_t size = 0;
        std::string sum;
    };

    asio::awaitable<void> send_all(connection& server);
    asio::awaitable<void> send(connection& server, item& wanted);
    asio::awaitable<void> send_folder(connection& server, item& wanted, const descriptor& folder,
                                      const struct stat& status);
    void make_folder(connection& server, item&& wanted);
    asio::awaitable<void> send_file(connection& server, item& wanted, descriptor file,
                                    const struct stat& status);
    asio::awaitable<void> send_bytes(connection& server, item& wanted, descriptor file,
                                     const struct stat& status, std::uint64_t offset);
    asio::awaitable<std::optional<file_error>> finish(std::shared_ptr<outgoing> source,
                                                      std::string& sum);
    /// What was sent last has changed meanwhile, and its end cannot be sent.
    [[noreturn]] void again_or_never(connection& server, const file_error& fault);
    /// Waits until all that was sent is answered, so that a question may be asked.
    asio::awaitable<void> answered();
    /// Waits until an answer has come.
    asio::awaitable<void> change();

    asio::awaitable<void> take_answers(connection& server);
    void take(const framing::header_view& answer);
    void refused(item&& file, const file_error& why);

    asio::awaitable<void> moved(std::size_t bytes);

    disk& disk_;
    const transfer_options& options_;
    report& report_;
    selection selection_;
    framing::net::condition changed_; // what is sent, and what is answered
    pace pace_;
    std::deque<item> waiting_;
    std::deque<item> sent_;      // and not answered
    std::uint64_t numbered_ = 0; // files that were sent, ...
    std::uint64_t taken_ = 0;    // ... and answered
    bool all_sent_ = false;
    bool reads_ = false; // answers
};
