// SPDX-License-Identifier: MIT
#include "file/body.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

using asio::awaitable;

namespace body {

void fill(chunk& bytes, outgoing& file, std::size_t most) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(most, file.left())));
    bytes.resize(file.read(bytes));
}

awaitable<outcome> send(connection& peer, disk& disk, std::shared_ptr<outgoing> file,
                        std::shared_ptr<chunk> first, const watcher* watcher) {
    const std::size_t most = watcher != nullptr ? watcher->most : chunk_size;
    ::disk::queue reading(disk);
    auto ahead = std::make_shared<chunk>(); // read, while the other is sent
    std::uint64_t left = file->body_size() - first->size();
    while (true) {
        if (left != 0) reading.start(of_a_file([file, ahead, most] { fill(*ahead, *file, most); }));
        try {
            if (!first->empty()) co_await peer.write_body(*first);
        } catch (...) {
            file->give_up();
            throw;
        }
        if (watcher != nullptr) co_await watcher->moved(first->size());
        if (left == 0) co_return outcome();
        try {
            co_await reading.finish();
        } catch (const file_error& error) {
            co_return outcome{left, error};
        }
        left -= ahead->size();
        std::swap(first, ahead);
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

awaitable<void> receive(connection& peer, disk& disk, std::shared_ptr<incoming> file,
                        std::uint64_t& left, const watcher* watcher) {
    ::disk::queue writing(disk);
    auto filling = std::make_shared<chunk>();
    auto before = std::make_shared<chunk>();         // written meanwhile
    auto written = std::make_shared<std::size_t>(0); // of that
    const auto start = [&] {
        writing.start(of_a_file([file, before, written] {
            *written += file->write(std::span(*before).subspan(*written));
        }));
    };
    const auto finish = [&]() -> awaitable<void> {
        co_await writing.finish();
        while (*written != before->size()) {
            start();
            co_await writing.finish();
        }
    };
    const auto write = [&] {
        std::swap(filling, before);
        filling->clear();
        *written = 0;
        start();
    };
    const std::size_t most = watcher != nullptr ? watcher->most : chunk_size;
    std::exception_ptr gone;
    while (left != 0 && !gone) {
        std::span<const std::byte> piece;
        try {
            piece = co_await peer.read_body();
        } catch (...) {
            gone = std::current_exception();
            file->give_up();
        }
        if (piece.empty()) break;
        filling->insert(filling->end(), piece.begin(), piece.end());
        left -= piece.size();
        const std::size_t size = piece.size();
        if (filling->size() >= most || left == 0) {
            co_await finish();
            write();
        }
        if (watcher != nullptr) co_await watcher->moved(size);
    }
    co_await finish();
    if (!filling->empty()) write();
    co_await finish();
    if (gone) std::rethrow_exception(gone);
}

} // namespace body
