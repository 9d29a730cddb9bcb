// SPDX-License-Identifier: MIT
#include "file/session.hpp"

#include "support/log.hpp"
#include "support/lookout.hpp"
#include "support/message.hpp"
#include "support/tasks.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

using asio::awaitable;
using nlohmann::json;

namespace {

constexpr std::uint64_t longest_drop = 1024 * 1024; // of a body that nobody wants
constexpr std::size_t most_read_ahead = 32;         // files
constexpr std::size_t logged = 512;                 // bytes of a name
// A small file whose end comes soon is stored together with others.
constexpr std::uint64_t most_in_memory = 64 * 1024;
constexpr std::chrono::milliseconds soon{10};

void add_sum(json& answer, sum_kind kind, const std::string& sum) {
    if (kind != sum_kind::none) answer[name_of(kind)] = sum;
}

/// Whether its sum is computed over much that is not sent.
template <class File>
bool takes_long(const File& file) {
    return file.only_summed() > long_sum;
}

} // namespace

session::session(const service::client& client, store& files, disks& disks)
    : peer_(client.peer), proof_(client.proof), welcome_(client.welcome), store_(files),
      disk_(disks.soon), sums_(disks.sums),
      arrivals_(peer_.get_executor(), files, disks.stores,
                [this](const arrival& file) { answer(file); }) {}

awaitable<void> session::run() {
    std::exception_ptr failure;
    try {
        co_await serve();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await arrivals_.stored(); // what was sent whole is stored, whoever has gone meanwhile
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> session::serve() {
    while (!over_) {
        std::optional<question> asked = std::exchange(ahead_, std::nullopt);
        if (!asked) asked = co_await next();
        if (!asked) co_return;
        co_await handle(*asked);
        // Who does not read the answers is not heard either: memory is bounded.
        if (!peer_.has_room()) co_await peer_.room();
    }
}

std::optional<session::question> session::try_next() {
    const auto* const head = peer_.try_read_head();
    if (head == nullptr) return std::nullopt;
    return question{request::parse(head->header, head->body_size), head->body_size};
}

awaitable<std::optional<session::question>> session::next() {
    if (auto asked = try_next()) co_return asked;
    arrivals_.store_all(); // while more may come
    const auto* const head = co_await peer_.read_head();
    if (head == nullptr) co_return std::nullopt;
    co_return question{request::parse(head->header, head->body_size), head->body_size};
}

awaitable<void> session::handle(const question& asked) {
    const request::any& asks = asked.asks;
    if (const auto* const put = std::get_if<request::put>(&asks)) {
        end_is_void_ = false;
        co_return co_await receive(*put, asked.body_size);
    }
    if (std::holds_alternative<request::put_end>(asks) && std::exchange(end_is_void_, false))
        co_return;
    co_await arrivals_.stored(); // answers come in order, and all who ask see what was stored
    over_ = over_ || peer_.failure();
    if (over_) co_return;
    if (const auto* const get = std::get_if<request::get>(&asks)) co_return co_await send(*get);
    const std::string* name = nullptr;
    std::optional<file_error> refusal;
    json answer;
    try {
        if (const auto* const list = std::get_if<request::list>(&asks)) {
            name = &list->name;
            co_await this->list(*list);
        } else if (const auto* const sum = std::get_if<request::sum>(&asks)) {
            name = &sum->name;
            co_await this->sum(*sum);
        } else if (const auto* const stat = std::get_if<request::stat>(&asks)) {
            name = &stat->name;
            co_await on_disk([&] { answer = store_.look(*stat); });
        } else if (const auto* const remove = std::get_if<request::remove>(&asks)) {
            name = &remove->name;
            co_await on_disk([&] { store_.remove(*name); });
            answer = {{"type", "removed"}, {"name", *name}};
            logging::info("{} ({}) removed {}", peer_.name(), proof_,
                          message::escaped(*name, logged));
        } else if (const auto* const make = std::get_if<request::make_folder>(&asks)) {
            name = &make->name;
            co_await on_disk([&] { store_.make_folder(*make); });
            answer = {{"type", "made"}, {"name", *name}};
        } else if (const auto* const wrong = std::get_if<request::mistake>(&asks)) {
            name = &wrong->name;
            refusal.emplace(wrong->code, wrong->why);
        } else if (std::holds_alternative<request::auth>(asks) && !welcome_.is_null()) {
            answer = std::exchange(welcome_, nullptr);
        } else if (std::holds_alternative<request::auth>(asks)) {
            refusal.emplace("bad_request", "already authenticated");
        } else {
            refusal.emplace("bad_request", "nothing is being put that could end");
        }
    } catch (const file_error& error) {
        refusal = error;
    }
    if (refusal) refuse(name != nullptr ? *name : "", *refusal);
    if (!answer.is_null()) post(answer);
    if (const auto* const wrong = std::get_if<request::mistake>(&asks); wrong && wrong->is_put) {
        end_is_void_ = true;
        co_await drop(asked.body_size);
    }
}

awaitable<void> session::receive(const request::put& wanted, std::uint64_t left) {
    arrival now;
    now.wanted = wanted;
    body::gather(peer_, now.bytes, left);
    std::optional<question> end;
    const bool is_long = takes_long(wanted.file);
    if (left == 0) end = try_next();
    if (!end && !is_long && now.bytes.size() + left <= most_in_memory) {
        arrivals_.store_all(); // while more comes
        try {
            co_await tasks::within(soon, come_whole(now, left, end));
        } catch (const std::system_error&) { // what it is shows again
        }
    }
    if (end) now.end = end->asks;
    if (std::holds_alternative<request::put_end>(now.end) && !is_long)
        co_return co_await arrivals_.add(std::move(now));

    arrivals_.store_all(); // what is to come may take its time
    try {
        co_await on_disk([&] { now.file = store_.receive(wanted); });
        const std::shared_ptr<incoming> file(now.file, &now.file->file());
        co_await work_on(*file, is_long, [&] { return now.begin(); });
        if (left != 0) co_await body::receive(peer_, place_of(is_long), file, left);
        if (left != 0) co_return; // the server stops
        if (!end) end = co_await next();
        if (!end) co_return;
        now.end = end->asks;
        co_await work_on(*file, is_long, [&] { return now.finish(); });
    } catch (const file_error& error) {
        now.fault = error;
    }
    end_is_void_ = now.fault && !end;
    if (end && !std::holds_alternative<request::put_end>(now.end)) ahead_ = std::move(end);
    const bool refused = now.fault.has_value();
    co_await arrivals_.add(std::move(now));
    if (refused) co_await arrivals_.stored();
    if (refused && left != 0) co_await drop(left);
}

awaitable<void> session::come_whole(arrival& now, std::uint64_t& left,
                                    std::optional<question>& end) {
    co_await body::gather_all(peer_, now.bytes, left);
    if (left == 0) end = co_await next();
}

awaitable<void> session::drop(std::uint64_t left) {
    if (left > longest_drop) {
        over_ = true;
        co_return;
    }
    while (left != 0) {
        const auto piece = co_await peer_.read_body();
        if (piece.empty()) co_return;
        left -= piece.size();
    }
}

void session::answer(const arrival& file) {
    const std::string& name = file.wanted.name;
    if (file.fault) return refuse(name, *file.fault);
    const std::uint64_t size = file.wanted.file.size;
    logging::info("{} ({}) put {}, {} bytes", peer_.name(), proof_, message::escaped(name, logged),
                  size);
    json answer{{"type", "stored"}, {"name", name}, {"size", size}};
    add_sum(answer, file.wanted.file.sum, file.sum);
    post(answer);
}

awaitable<void> session::send(const request::get& first) {
    std::vector<departure> files;
    files.push_back({first, nullptr, nullptr, std::nullopt, std::nullopt});
    while (files.size() < most_read_ahead && !ahead_) {
        auto asked = try_next();
        if (!asked) break;
        if (const auto* const get = std::get_if<request::get>(&asked->asks))
            files.push_back({*get, nullptr, nullptr, std::nullopt, std::nullopt});
        else
            ahead_ = std::move(asked);
    }
    co_await on_disk([&] {
        std::uint64_t read = 0;
        for (departure& each : files) {
            if (read >= body::chunk_size) break;
            open(each);
            if (!each.file || takes_long(*each.file)) break;
            begin(each);
            read += each.file->size();
        }
    });
    for (departure& each : files) {
        try {
            if (!each.fault) co_await send(each);
        } catch (const file_error& error) {
            each.fault = error;
        }
        if (each.fault) refuse(each.wanted.name, *each.fault);
        if (over_) co_return;
        if (!peer_.has_room()) co_await peer_.room();
    }
}

void session::open(departure& file) {
    try {
        file.file = store_.send(file.wanted);
    } catch (const std::exception&) {
        file.fault = current_file_error();
    }
}

void session::begin(departure& file) {
    try {
        file.bytes = std::make_shared<body::chunk>();
        body::fill(*file.bytes, *file.file);
        while (file.file->left() == 0 && !file.sum && !takes_long(*file.file))
            file.sum = file.file->finish();
    } catch (const std::exception&) {
        file.fault = current_file_error();
    }
}

awaitable<void> session::send(departure& file) {
    if (!file.file) co_await on_disk([&] { open(file); });
    if (file.fault) co_return;
    outgoing& source = *file.file;
    const bool is_long = takes_long(source);
    if (!file.bytes)
        co_await work_on(source, is_long, [&] {
            begin(file);
            return true;
        });
    if (file.fault) co_return;
    json header{{"type", "file"},        {"name", file.wanted.name}, {"offset", source.from()},
                {"size", source.size()}, {"mtime", source.mtime()},  {"mode", source.mode()}};
    if (!source.is_whole()) header["data"] = to_json(source.data());
    if (source.left() == 0) {
        post(header, *file.bytes);
    } else {
        co_await peer_.write_head(header, source.body_size());
        const body::outcome sent =
            co_await body::send(peer_, place_of(is_long), file.file, file.bytes);
        if (sent.missing > longest_drop) {
            logging::warn("{} ({}) got only some of {}: {}", peer_.name(), proof_,
                          message::escaped(file.wanted.name, logged), sent.fault->what());
            over_ = true;
            co_return;
        }
        const body::chunk filler(sent.missing); // a body has to have what was said
        if (sent.fault) co_await peer_.write_body(filler);
        if (sent.fault) throw file_error(*sent.fault);
    }
    if (!file.sum)
        co_await work_on(source, is_long, [&] {
            file.sum = source.finish();
            return file.sum.has_value();
        });
    json end{{"type", "file_end"}};
    add_sum(end, source.kind(), *file.sum);
    post(end);
    logging::info("{} ({}) got {}, {} bytes", peer_.name(), proof_,
                  message::escaped(file.wanted.name, logged), source.size() - source.from());
}

awaitable<void> session::list(const request::list& wanted) {
    std::shared_ptr<store::listing> entries;
    std::string page;
    co_await on_disk([&] {
        entries = store_.list(wanted.name);
        page = entries->next();
    });
    std::string following;
    do {
        co_await on_disk([&] { following = entries->next(); });
        json answer{{"type", "listing"}, {"name", wanted.name}};
        if (!following.empty()) answer["more"] = true;
        post(answer, page.empty() ? "[]" : page);
        co_await peer_.room();
        page = std::move(following);
    } while (!page.empty());
}

awaitable<void> session::sum(const request::sum& wanted) {
    std::shared_ptr<outgoing> file;
    co_await on_disk([&] { file = store_.send({wanted.name, {}, wanted.sum, true}); });
    std::optional<std::string> sum;
    co_await work_on(*file, true, [&] {
        constexpr int chunks_at_once = 64; // others have their turn then
        body::chunk chunk;
        for (int i = 0; i < chunks_at_once && file->left() != 0; ++i) body::fill(chunk, *file);
        if (file->left() == 0) sum = file->finish();
        return sum.has_value();
    });
    json answer{{"type", "sum"}, {"name", wanted.name}, {"size", file->size()}};
    add_sum(answer, file->kind(), *sum);
    post(answer);
}

template <class File>
awaitable<void> session::work_on(File& file, bool is_long, std::function<bool()> step) {
    std::optional<lookout> watch;
    if (is_long)
        watch.emplace(peer_, [&] {
            if (peer_.failure() || peer_.stopped()) file.give_up();
        });
    bool done = false;
    const auto work = of_a_file([&] { done = step(); });
    while (!done) co_await place_of(is_long).run(work);
}

awaitable<void> session::on_disk(std::function<void()> work) {
    return disk_.run(of_a_file(std::move(work)));
}

void session::refuse(std::string_view name, const file_error& why) {
    if (why.code() == code_of_given_up) { // by us: nobody is refused anything
        over_ = true;
        return;
    }
    logging::warn_about(peer_.name(),
                        why.code() + ": " + message::escaped(name, logged) + ", " + why.what());
    post(message::error(why.code(), why.what()));
}

void session::post(const json& header, framing::byte_view body) {
    if (const auto failure = peer_.post(header, body); failure && !peer_.failure())
        throw std::system_error(failure, "cannot send a message");
}
