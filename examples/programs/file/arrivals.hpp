// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/condition.hpp>

#include "file/body.hpp"
#include "file/error.hpp"
#include "file/request.hpp"
#include "file/store.hpp"
#include "support/disk.hpp"

#include <asio.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// A file that a client puts, until that is answered. Its calls wait for the disk.
struct arrival {
    request::put wanted;
    body::chunk bytes; // that came together with the message, and are not written yet
    request::any end;
    std::shared_ptr<store::reception> file;
    std::string sum;
    std::optional<file_error> fault;

    /// Adds up what there was before, and writes those bytes. Returns: false where this is to be
    /// called again, since that is much. So does the next one. Throws: file_error.
    [[nodiscard]] bool begin();
    /// What has come is the whole file, if its end says so.
    [[nodiscard]] bool finish();
};

/// The files that a client puts, in order. While some of them are stored and put on the disk others
/// come, which are stored next, together.
class arrivals {
public:
    /// `answer`: called with each when it is stored, or has its fault.
    arrivals(const asio::any_io_executor& executor, store& files, disk& disk,
             std::function<void(const arrival&)> answer);

    /// One more, which waits for others. Waits where too many do.
    asio::awaitable<void> add(arrival&& file);
    /// Begins to store those that wait.
    void store_all();
    /// Waits until all are answered.
    asio::awaitable<void> stored();

private:
    asio::awaitable<void> store_batches();
    void store_batch(std::span<arrival> batch);

    asio::any_io_executor executor_;
    store& files_;
    disk& disk_;
    std::function<void(const arrival&)> answer_;
    std::vector<arrival> waiting_;
    std::size_t held_ = 0;          // bytes of those
    framing::net::condition batch_; // another one is begun, or the last has ended
    bool storing_ = false;
    std::exception_ptr failure_; // of that
};
