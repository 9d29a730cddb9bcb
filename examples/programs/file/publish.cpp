// SPDX-License-Identifier: MIT
#include "file/publish.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <exception>
#include <utility>

namespace {

constexpr std::size_t worth_a_sync_of_all = 4; // of the whole file system, that is

} // namespace

std::vector<published> publish(std::span<incoming* const> files, const tree& below, bool sync) {
    std::vector<published> results(files.size());
    const auto with_each = [&](auto action) {
        for (std::size_t i = 0; i < files.size(); ++i) try {
                if (!results[i].fault) action(files[i]->part(), i);
            } catch (const std::exception&) {
                results[i].fault = current_file_error();
            }
    };

    const bool together = files.size() >= worth_a_sync_of_all;
    try {
        if (sync && together) below.sync();
    } catch (const std::exception&) {
        results.assign(files.size(), {current_file_error()});
    }
    with_each([&](part& each, std::size_t) {
        if (sync && !together) each.sync();
    });

    with_each([&](part& each, std::size_t i) {
        struct stat before {};
        if (look_at(each.place(), before))
            results[i].replaced = static_cast<std::uint64_t>(before.st_size);
        try {
            each.appear(files[i]->wanted().if_absent);
        } catch (const file_error&) { // something is there that stays
            each.discard();
            throw;
        }
    });

    if (!sync) return results;
    std::optional<std::pair<dev_t, ino_t>> synced; // most are in one folder
    with_each([&](part& each, std::size_t) {
        struct stat status {};
        const descriptor& folder = each.place().folder;
        if (::fstat(folder.get(), &status) != 0) return;
        const std::pair here(status.st_dev, status.st_ino);
        if (synced != here) sync_folder(folder);
        synced = here;
    });
    return results;
}
