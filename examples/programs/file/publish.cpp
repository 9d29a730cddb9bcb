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
                if (!results[i].fault) action(files[i]->part(), results[i]);
            } catch (const std::exception&) {
                results[i].fault = current_file_error();
            }
    };

    const bool together = files.size() >= worth_a_sync_of_all;
    std::set<dev_t> synced;
    with_each([&](part& each, published&) {
        struct stat status {};
        if (!sync) return;
        if (!together || ::fstat(each.file(), &status) != 0) return each.sync();
        if (synced.contains(status.st_dev)) return;
        each.sync_all();
        synced.insert(status.st_dev);
    });

    with_each([&](part& each, published& result) {
        const std::scoped_lock lock(naming); // what is replaced is replaced once
        try {
            struct stat before {};
            if (look_at(each.place(), before)) {
                demand_spelling(each.place().folder, each.place().leaf);
                result.replaced = static_cast<std::uint64_t>(before.st_size);
            }
            each.appear(
                files[static_cast<std::size_t>(&result - results.data())]->wanted().if_absent);
            result.named = true;
        } catch (const file_error&) { // something is there that stays
            each.discard();
            throw;
        }
    });

    if (!sync) return results;
    std::optional<std::pair<dev_t, ino_t>> last; // most are in one folder
    with_each([&](part& each, published&) {
        struct stat status {};
        const descriptor& folder = each.place().folder;
        if (::fstat(folder.get(), &status) != 0) return;
        const std::pair here(status.st_dev, status.st_ino);
        if (last != here) sync_folder(folder);
        last = here;
    });
    return results;
}
