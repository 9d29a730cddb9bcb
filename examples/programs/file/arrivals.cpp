// SPDX-License-Identifier: MIT
#include "file/arrivals.hpp"

#include "support/tasks.hpp"

#include <algorithm>
#include <utility>
#include <variant>

using asio::awaitable;

namespace {

constexpr std::size_t most_together = 64;     // files, whose descriptors are held
constexpr std::size_t most_held = 512 * 1024; // bytes of them

char in_small_letters(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool arrival::begin() {
    if (!file->file().catch_up()) return false;
    const std::size_t written = file->file().write(bytes);
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(written));
    return bytes.empty();
}

bool arrival::finish() {
    const auto* const said = std::get_if<request::put_end>(&end);
    if (said == nullptr)
        throw file_error("bad_request", "what follows the bytes of a put is its put_end");
    const sum_kind kind = wanted.file.sum;
    auto claimed = kind == sum_kind::xxh128 ? said->xxh128 : said->sha256;
    if (claimed) std::ranges::transform(*claimed, claimed->begin(), in_small_letters);
    if (kind != sum_kind::none && !claimed)
        throw file_error("bad_request", std::string("put_end needs \"") + name_of(kind) + '"');
    const std::optional<std::string> computed = file->file().finish();
    if (!computed) return false;
    sum = *computed;
    if (kind == sum_kind::none || claimed == sum) return true;
    file->file().part().discard();
    throw file_error("checksum_mismatch", "what came has the sum " + sum);
}

arrivals::arrivals(const asio::any_io_executor& executor, store& files, disk& disk,
                   std::function<void(const arrival&)> answer)
    : executor_(executor), files_(files), disk_(disk), answer_(std::move(answer)),
      batch_(executor) {}

awaitable<void> arrivals::add(arrival&& file) {
    held_ += file.bytes.size();
    waiting_.push_back(std::move(file));
    while (waiting_.size() >= most_together || held_ >= most_held) {
        store_all();
        if (storing_) co_await batch_.wait();
    }
}

void arrivals::store_all() {
    if (storing_ || waiting_.empty()) return;
    storing_ = true;
    tasks::spawn(executor_, store_batches(), [this](std::exception_ptr failure) {
        storing_ = false;
        failure_ = std::move(failure);
        batch_.notify();
    });
}

awaitable<void> arrivals::stored() {
    store_all();
    while (storing_) co_await batch_.wait();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

awaitable<void> arrivals::store_batches() {
    while (!waiting_.empty()) {
        std::vector<arrival> batch = std::exchange(waiting_, {});
        held_ = 0;
        batch_.notify();
        co_await disk_.run([&] { store_batch(batch); });
        for (const arrival& each : batch) answer_(each);
    }
}

void arrivals::store_batch(std::span<arrival> batch) {
    std::vector<std::shared_ptr<store::reception>> whole;
    for (arrival& each : batch) {
        try {
            if (each.file || each.fault) continue;
            each.file = files_.receive(each.wanted);
            while (!each.begin() || !each.finish()) {
            }
        } catch (const std::exception&) {
            each.fault = current_file_error();
        }
    }
    for (const arrival& each : batch)
        if (!each.fault) whole.push_back(each.file);
    const auto faults = files_.complete(whole);
    auto fault = faults.begin();
    for (arrival& each : batch) {
        if (!each.fault) each.fault = *fault++;
        each.file.reset();
    }
}
