// SPDX-License-Identifier: MIT
#include "file/comparison.hpp"

#include "file/digest.hpp"
#include "file/error.hpp"
#include "file/times.hpp"
#include "support/message.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

using nlohmann::json;

namespace comparison {
namespace {

bool same_size(const questions::entry& there, const struct stat& here) {
    return there.is_file && there.size == static_cast<std::uint64_t>(here.st_size);
}

} // namespace

bool same_stamp(const transfer_options& options, const questions::entry& there,
                const struct stat& here) {
    return !options.force && !options.checksum && same_size(there, here) &&
           same_time(there.mtime, to_seconds(here.st_mtim));
}

bool asks_for_sum(const transfer_options& options, const questions::entry& there,
                  const struct stat& here) {
    return !options.force && options.checksum && same_size(there, here);
}

asio::awaitable<bool> same_sum(connection& server, disk& disk, const transfer_options& options,
                               const std::string& name, const questions::entry& there, int file,
                               const struct stat& here) {
    if (!asks_for_sum(options, there, here)) co_return false;
    const sum_kind kind = options.sum == sum_kind::none ? sum_kind::sha256 : options.sum;
    const json question{{"type", "sum"}, {"name", name}, {"sum", name_of(kind)}};
    const json theirs = co_await questions::ask(server, question, "sum");
    std::string ours;
    co_await disk.run(of_a_file([&] {
        digest sum(kind);
        sum.update_from(file, 0, there.size);
        ours = sum.finish();
    }));
    co_return message::text_of(theirs, name_of(kind)) == ours;
}

} // namespace comparison
