// SPDX-License-Identifier: MIT
#include "file/body.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <span>
#include <utility>

using asio::awaitable;

namespace body {

namespace {

/// The chunks that the disk works on, in turn, while the network has another.
class chunks_at_disk {
public:
    explicit chunks_at_disk(disk& where) : work_(where) {}

    [[nodiscard]] std::size_t size() const { return there_.size(); }

    /// One that is not there.
    std::shared_ptr<chunk> spare() {
        if (spare_.empty()) return std::make_shared<chunk>();
        const std::shared_ptr<chunk> one = std::move(spare_.back());
        spare_.pop_back();
        return one;
    }
    void give_back(std::shared_ptr<chunk> one) { spare_.push_back(std::move(one)); }

    /// What is done with it is repeated until it says that it is complete.
    void add(std::shared_ptr<chunk> one, std::function<bool()> work) {
        work_.add(std::move(work));
        there_.push_back(std::move(one));
    }

    /// Waits for the first. Throws: what its work threw.
    awaitable<std::shared_ptr<chunk>> next() {
        co_await work_.finish();
        const std::shared_ptr<chunk> one = std::move(there_.front());
        there_.pop_front();
        co_return one;
    }

private:
    disk::queue work_;
    std::deque<std::shared_ptr<chunk>> there_;
    std::vector<std::shared_ptr<chunk>> spare_;
};

} // namespace

void fill(chunk& bytes, outgoing& file, std::size_t most) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(most, file.left())));
    bytes.resize(file.read(bytes));
}

awaitable<outcome> send(connection& peer, disk& disk, std::shared_ptr<outgoing> file,
                        std::shared_ptr<chunk> first, const watcher* watcher) {
    const std::size_t most = watcher != nullptr ? watcher->most : chunk_size;
    chunks_at_disk ahead(disk); // read, while the first is sent
    std::uint64_t left = file->body_size() - first->size();
    const auto read = [&] {
        std::shared_ptr<chunk> one = ahead.spare();
        ahead.add(one, of_a_file([file, one, most] {
                      fill(*one, *file, most);
                      return true;
                  }));
    };
    while (true) {
        while (ahead.size() != chunks - 1 && ahead.size() * most < left) read();
        try {
            if (!first->empty()) co_await peer.write_body(*first);
        } catch (...) {
            file->give_up();
            throw;
        }
        if (watcher != nullptr) co_await watcher->moved(first->size());
        if (left == 0) co_return outcome();
        ahead.give_back(std::move(first));
        try {
            first = co_await ahead.next();
        } catch (const file_error& error) {
            co_return outcome{left, error};
        }
        left -= first->size();
    }
}

void gather(connection& peer, chunk& bytes, std::uint64_t& left) {
    while (left != 0 && bytes.size() < chunk_size) {
        const auto piece = peer.try_read_body();
        if (!piece || piece->empty()) return;
        bytes.insert(bytes.end(), piece->begin(), piece->end());
        left -= piece->size();
    }
}

awaitable<void> gather_all(connection& peer, chunk& bytes, std::uint64_t& left) {
    while (left != 0) {
        const auto piece = co_await peer.read_body();
        if (piece.empty()) co_return;
        bytes.insert(bytes.end(), piece.begin(), piece.end());
        left -= piece.size();
    }
}

awaitable<void> receive(connection& peer, disk& disk, std::shared_ptr<incoming> file,
                        std::uint64_t& left, const watcher* watcher) {
    const std::size_t most = watcher != nullptr ? watcher->most : chunk_size;
    chunks_at_disk behind(disk); // written, while the next comes
    std::shared_ptr<chunk> filling;
    std::size_t size = 0; // of it that has come
    const auto write = [&] {
        const auto rest = std::make_shared<std::span<const std::byte>>(
            std::span(*filling).first(std::exchange(size, 0)));
        const std::shared_ptr<chunk> one = std::exchange(filling, nullptr);
        behind.add(one, of_a_file([file, one, rest] {
                       *rest = rest->subspan(file->write(*rest));
                       return rest->empty();
                   }));
    };
    std::exception_ptr gone;
    while (left != 0 && !gone) {
        if (!filling) {
            filling = behind.spare();
            filling->resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, most)));
        }
        std::size_t came = 0;
        try {
            came = co_await peer.read_body_into(std::span(*filling).subspan(size));
        } catch (...) {
            gone = std::current_exception();
            file->give_up();
        }
        if (came == 0) break;
        size += came;
        left -= came;
        if (size == filling->size()) write();
        if (behind.size() == chunks) behind.give_back(co_await behind.next());
        if (watcher != nullptr) co_await watcher->moved(came);
    }
    if (size != 0) write();
    while (behind.size() != 0) co_await behind.next();
    if (gone) std::rethrow_exception(gone);
}

} // namespace body
