// SPDX-License-Identifier: MIT
#pragma once

#include "file/error.hpp"
#include "file/incoming.hpp"
#include "file/outgoing.hpp"
#include "file/request.hpp"
#include "file/tree.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct store_options {
    std::string root;
    bool read_only = false;
    std::optional<std::size_t> max_size; // of a file, in bytes
    std::optional<std::size_t> quota;    // of all files together, in bytes
    unsigned umask = 022;
    bool sync = true; // what is answered for is on the disk
};

/// The files that a server keeps, and what can be done with them. Each call waits for the disk;
/// any thread may make it. What goes wrong is a file_error or a std::system_error.
class store {
public:
    /// A file that a client puts. What came of it is kept, to be gone on with.
    class reception {
    public:
        reception(store& owner, std::string name) : owner_(owner), name_(std::move(name)) {}
        reception(const reception&) = delete;
        reception& operator=(const reception&) = delete;
        ~reception();

        [[nodiscard]] const std::string& name() const { return name_; }
        [[nodiscard]] incoming& file() { return *file_; }

    private:
        friend store;

        store& owner_;
        std::string name_;
        std::uint64_t counted_ = 0; // bytes, of the quota
        std::optional<incoming> file_;
    };

    /// The entries of a folder, page by page.
    class listing {
    public:
        explicit listing(descriptor folder) : folder_(std::move(folder)), entries_(folder_) {}

        /// Some more of them, as the text of a message; none at the end.
        [[nodiscard]] std::string next();

    private:
        descriptor folder_;
        folder_reader entries_;
    };

    explicit store(const store_options& options);

    /// What there is, as a message says it.
    [[nodiscard]] nlohmann::json look(const request::stat& wanted) const;

    [[nodiscard]] std::shared_ptr<reception> receive(const request::put& wanted);
    /// Gives names to files that are finished, and puts all that on the disk together.
    /// Returns: what has gone wrong with each.
    [[nodiscard]] std::vector<std::optional<file_error>>
    complete(std::span<const std::shared_ptr<reception>> files);

    [[nodiscard]] std::shared_ptr<outgoing> send(const request::get& wanted) const;
    [[nodiscard]] std::shared_ptr<listing> list(const std::string& name) const;
    void remove(const std::string& name);
    void make_folder(const request::make_folder& wanted);

    /// Removes parts that nobody has written to for so many seconds.
    void remove_old_parts(double seconds);

private:
    void demand_writable() const;
    void demand_room(const request::put& wanted, const descriptor& folder) const;
    void take(std::int64_t bytes);
    void walk(const std::function<void(const descriptor& folder)>& action) const;

    const store_options options_;
    tree tree_;
    std::mutex naming_;                 // while files get names, or lose them
    std::atomic<std::int64_t> used_{0}; // bytes, where there is a quota
};
