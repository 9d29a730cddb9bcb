// SPDX-License-Identifier: MIT
#pragma once

#include "file/digest.hpp"
#include "file/error.hpp"
#include "file/incoming.hpp"
#include "file/pace.hpp"
#include "file/questions.hpp"
#include "file/report.hpp"
#include "file/spelling.hpp"
#include "file/transfer.hpp"
#include "file/tree.hpp"
#include "support/connection.hpp"
#include "support/disk.hpp"

#include <asio.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What a server says of a file before its bytes.
struct file_head;

/// Files and folders that are got, over as many connections as it takes. A server has no say in
/// where its files go: what is not below the folder that was meant is not written.
class download {
public:
    download(disk& disk, const transfer_options& options, report& report);

    /// One more. `name`: there. `path`: here; where that ends in a slash, or is a folder and `name`
    /// is none, it goes below that as `base`.
    void add(const std::string& name, const std::string& path, const std::string& base);
    /// One that goes to standard output.
    void add_to_output(const std::string& name);

    /// Goes on, until all is here or has failed.
    /// Throws: contact::disconnected, after which it can go on by another connection.
    asio::awaitable<void> go_on(connection& server);

    [[nodiscard]] bool done() const { return waiting_.empty(); }

private:
    /// What has gone to standard output so far.
    struct stream {
        explicit stream(sum_kind kind) : sum(kind) {}

        digest sum;
        std::uint64_t written = 0;
    };

    struct item {
        std::string name;
        std::string path; // here, where it has no place yet
        std::string base;
        std::shared_ptr<const tree> below; // the folder that was meant, ...
        std::string place;                 // ... and where in it
        std::shared_ptr<stream> output;
        std::optional<questions::entry> there; // what the server has, where that is known
        std::uint64_t offset = 0;              // that was asked for
        bool from_the_start = false;           // whatever part there is
        bool is_new = false;                   // its folder was made for it: nothing is there
        int tries = 0;
    };

    /// A file that is whole, and waits for others to get its name together with them.
    struct whole {
        item what;
        std::shared_ptr<incoming> file;
        std::string sum;
    };

    /// Whether no other question is asked about it, which would have to wait for all answers.
    [[nodiscard]] bool only_asks_for(const item& wanted) const;
    asio::awaitable<void> begin(connection& server, item& wanted);
    asio::awaitable<void> look(connection& server, item& wanted);
    void find_place(item& wanted);
    asio::awaitable<void> begin_folder(connection& server, const item& wanted);
    asio::awaitable<bool> is_unchanged(connection& server, const item& wanted);
    void ask(connection& server, item&& wanted);

    asio::awaitable<void> receive(connection& server);
    asio::awaitable<void> receive_file(connection& server, item& wanted, const file_head& head,
                                       std::uint64_t body_size);
    asio::awaitable<void> receive_bytes(connection& server, const item& wanted,
                                        const file_head& head, std::shared_ptr<incoming>& file,
                                        std::uint64_t& left);
    /// Waits for what the disk does, or does it at once. Throws: file_error.
    asio::awaitable<void> on_disk(bool small, std::function<void()> work);
    asio::awaitable<void> receive_output(connection& server, item& wanted, const file_head& head,
                                         std::uint64_t body_size);
    /// The sum that the server says the file has.
    asio::awaitable<std::string> receive_end(connection& server);
    asio::awaitable<void> drop(connection& server, std::uint64_t left);
    void again_or_never(item&& wanted, const file_error& why);
    asio::awaitable<void> complete();
    asio::awaitable<void> moved(std::size_t bytes);

    disk& disk_;
    const transfer_options& options_;
    report& report_;
    pace pace_;
    unsigned umask_;
    spellings called_;
    std::deque<item> waiting_;
    std::deque<item> asked_; // for, and not answered
    std::vector<whole> whole_;
    std::uint64_t whole_bytes_ = 0;
};
