// SPDX-License-Identifier: MIT
#include "file/publish.hpp"

#include "file/spelling.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <exception>
#include <set>
#include <utility>

namespace {

constexpr std::size_t worth_a_sync_of_all = 4; // of the whole file system, that is

} // namespace

std::vector<published> publish(std::span<incoming* const> files, bool sync, std::mutex& naming) {
    std::vector<published> results(files.size());
    const auto with_each = [&](auto action) {
        for (std::size_t i = 0; i < files.size(); ++i) try {
                if (!results[i].fault) action(*files[i], results[i]);
            } catch (const std::exception&) {
                results[i].fault = current_file_error();
            }
    };

    const bool together = files.size() >= worth_a_sync_of_all;
    std::set<dev_t> synced;
    with_each([&](incoming& each, published&) {
        struct stat status {};
        if (!sync) return;
        part& file = each.part();
        if (!together || ::fstat(file.file(), &status) != 0) return file.sync();
        if (synced.contains(status.st_dev)) return;
        file.sync_all();
        synced.insert(status.st_dev);
    });

    std::unique_lock lock(naming); // what is replaced is replaced once
    spellings called;
    with_each([&](incoming& each, published& result) {
        try {
            result.replaced = each.part().appear(each.wanted().if_absent, called);
            result.named = true;
        } catch (const file_error&) { // something is there that stays
            each.part().discard();
            throw;
        }
    });
    lock.unlock();

    if (!sync) return results;
    std::optional<std::pair<dev_t, ino_t>> last; // most are in one folder
    with_each([&](incoming& each, published&) {
        struct stat status {};
        const descriptor& folder = each.part().place().folder;
        if (::fstat(folder.get(), &status) != 0) return;
        const std::pair here(status.st_dev, status.st_ino);
        if (last != here) sync_folder(folder);
        last = here;
    });
    return results;
}
