// SPDX-License-Identifier: MIT
#include "file/session.hpp"

#include "file/body.hpp"
#include "support/log.hpp"
#include "support/message.hpp"

#include <cstddef>
#include <exception>
#include <system_error>
#include <utility>
#include <variant>

using asio::awaitable;
using nlohmann::json;

namespace {

constexpr std::size_t chunk_size = 256 * 1024;      // of a body; two of them are held
constexpr std::uint64_t longest_drop = 1024 * 1024; // of a body that nobody wants
constexpr std::size_t most_together = 64;           // files, whose descriptors are held
constexpr std::uint64_t most_bytes_together = 16 * 1024 * 1024;
constexpr std::size_t logged = 512; // bytes of a name

void add_sum(json& answer, sum_kind kind, const std::string& sum) {
    if (kind != sum_kind::none) answer[name_of(kind)] = sum;
}

/// What the sum of a file is that has come whole, where its end says the same.
std::string finish(incoming& file, const request::any& end) {
    const auto* const said = std::get_if<request::put_end>(&end);
    if (said == nullptr)
        throw file_error("bad_request", "what follows the bytes of a put is its put_end");
    const sum_kind kind = file.wanted().sum;
    const auto claimed = kind == sum_kind::xxh128 ? said->xxh128 : said->sha256;
    if (kind != sum_kind::none && !claimed)
        throw file_error("bad_request", std::string("put_end needs \"") + name_of(kind) + '"');
    std::string sum = file.finish();
    if (kind != sum_kind::none && claimed != sum) {
        file.part().discard();
        throw file_error("checksum_mismatch", "what came has the sum " + sum);
    }
    return sum;
}

} // namespace

session::session(const service::client& client, store& files, disk& disk)
    : peer_(client.peer), proof_(client.proof), welcome_(client.welcome), store_(files),
      disk_(disk) {}

awaitable<void> session::run() {
    std::exception_ptr failure;
    try {
        co_await serve();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await complete(); // what was sent whole is stored, whoever has gone meanwhile
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> session::serve() {
    while (!over_) {
        std::optional<question> question = std::exchange(ahead_, std::nullopt);
        if (!question) question = co_await next();
        if (!question) co_return;
        co_await handle(*question);
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
    if (auto question = try_next()) co_return question;
    co_await complete();
    const auto* const head = co_await peer_.read_head();
    if (head == nullptr) co_return std::nullopt;
    co_return question{request::parse(head->header, head->body_size), head->body_size};
}

awaitable<void> session::handle(const question& question) {
    const request::any& asks = question.asks;
    if (const auto* const put = std::get_if<request::put>(&asks)) {
        end_is_void_ = false;
        co_return co_await receive(*put, question.body_size);
    }
    if (std::holds_alternative<request::put_end>(asks) && std::exchange(end_is_void_, false))
        co_return;
    co_await complete(); // answers come in order, and all who ask see what was stored
    const std::string* name = nullptr;
    std::optional<file_error> refusal;
    json answer;
    try {
        if (const auto* const get = std::get_if<request::get>(&asks)) {
            name = &get->name;
            co_await send(*get);
        } else if (const auto* const list = std::get_if<request::list>(&asks)) {
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
            co_await on_disk([&] { store_.make_folder(*name); });
            answer = {{"type", "made"}, {"name", *name}};
        } else if (const auto* const wrong = std::get_if<request::mistake>(&asks)) {
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
}

awaitable<void> session::receive(const request::put& wanted, std::uint64_t left) {
    body::chunk chunk;
    body::gather(peer_, chunk, left);
    std::optional<question> end;
    if (left == 0) end = try_next();
    if (!end) co_await complete(); // what is to come may take its time

    reception file;
    std::string sum;
    std::optional<file_error> refusal;
    try {
        co_await on_disk([&] {
            file = store_.receive(wanted);
            file->file().write(chunk);
            if (end) sum = ::finish(file->file(), end->asks);
        });
        if (left != 0) {
            const std::shared_ptr<incoming> arriving(file, &file->file());
            co_await body::receive(peer_, disk_, arriving, left);
        }
        if (left != 0) co_return; // the server stops
        if (!end) {
            end = co_await next();
            if (!end) co_return;
            co_await on_disk([&] { sum = ::finish(file->file(), end->asks); });
        }
    } catch (const file_error& error) {
        refusal = error;
    }
    if (!refusal) co_return co_await keep(wanted, std::move(file), sum);

    file.reset();
    co_await complete();
    refuse(wanted.name, *refusal);
    end_is_void_ = !end;
    if (end && !std::holds_alternative<request::put_end>(end->asks)) ahead_ = std::move(end);
    if (left != 0) co_await drop(left);
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

awaitable<void> session::keep(const request::put& wanted, reception file, const std::string& sum) {
    json answer{{"type", "stored"}, {"name", wanted.name}, {"size", wanted.file.size}};
    add_sum(answer, wanted.file.sum, sum);
    whole_.push_back(std::move(file));
    stored_.push_back(std::move(answer));
    whole_bytes_ += wanted.file.size;
    if (whole_.size() >= most_together || whole_bytes_ >= most_bytes_together) co_await complete();
}

awaitable<void> session::complete() {
    if (whole_.empty()) co_return;
    std::vector<reception> files = std::exchange(whole_, {});
    const std::vector<json> answers = std::exchange(stored_, {});
    whole_bytes_ = 0;
    std::vector<std::optional<file_error>> faults;
    co_await on_disk([&] { faults = store_.complete(files); });
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string& name = files[i]->name();
        if (faults[i]) {
            refuse(name, *faults[i]);
            continue;
        }
        logging::info("{} ({}) put {}, {} bytes", peer_.name(), proof_,
                      message::escaped(name, logged), files[i]->file().wanted().size);
        post(answers[i]);
    }
    co_await on_disk([&] { files.clear(); }); // which may leave a part
}

awaitable<void> session::send(const request::get& wanted) {
    std::shared_ptr<outgoing> file;
    const auto chunk = std::make_shared<body::chunk>();
    std::string sum;
    co_await on_disk([&] {
        file = store_.send(wanted);
        body::fill(*chunk, *file);
        if (chunk->size() == file->body_size()) sum = file->finish();
    });
    const bool whole = chunk->size() == file->body_size();
    json header{{"type", "file"},       {"name", wanted.name},    {"offset", file->from()},
                {"size", file->size()}, {"mtime", file->mtime()}, {"mode", file->mode()}};
    if (!file->is_whole()) header["data"] = to_json(file->data());
    if (whole) {
        post(header, *chunk);
    } else {
        co_await peer_.write_head(header, file->body_size());
        const body::outcome sent = co_await body::send(peer_, disk_, file, chunk);
        if (sent.missing > longest_drop) {
            logging::warn("{} ({}) got only some of {}: {}", peer_.name(), proof_,
                          message::escaped(wanted.name, logged), sent.fault->what());
            over_ = true;
            co_return;
        }
        const body::chunk filler(sent.missing); // a body has to have what was said
        if (sent.fault) co_await peer_.write_body(filler);
        if (sent.fault) throw file_error(*sent.fault);
        co_await on_disk([&] { sum = file->finish(); });
    }
    json end{{"type", "file_end"}};
    add_sum(end, file->kind(), sum);
    post(end);
    logging::info("{} ({}) got {}, {} bytes", peer_.name(), proof_,
                  message::escaped(wanted.name, logged), file->size() - file->from());
}

awaitable<void> session::list(const request::list& wanted) {
    std::shared_ptr<store::listing> entries;
    json page;
    co_await on_disk([&] {
        entries = store_.list(wanted.name);
        page = entries->next();
    });
    json following;
    do {
        co_await on_disk([&] { following = entries->next(); });
        json answer{{"type", "listing"}, {"name", wanted.name}};
        if (!following.empty()) answer["more"] = true;
        post(answer, page.dump());
        co_await peer_.room();
        page = std::move(following);
    } while (!page.empty());
}

awaitable<void> session::sum(const request::sum& wanted) {
    constexpr int chunks_at_once = 64; // whoever has gone needs no sum
    std::shared_ptr<outgoing> file;
    std::string sum;
    while (sum.empty() && !peer_.failure() && !peer_.stopped())
        co_await on_disk([&] {
            if (!file) file = store_.send({wanted.name, {}, wanted.sum, true});
            body::chunk chunk;
            for (int i = 0; i < chunks_at_once; ++i) {
                body::fill(chunk, *file);
                if (!chunk.empty()) continue;
                sum = file->finish();
                return;
            }
        });
    json answer{{"type", "sum"}, {"name", wanted.name}, {"size", file->size()}};
    add_sum(answer, file->kind(), sum);
    post(answer);
}

awaitable<void> session::on_disk(std::function<void()> work) {
    return disk_.run(body::of_a_file(std::move(work)));
}

void session::refuse(std::string_view name, const file_error& why) {
    logging::warn_about(peer_.name(),
                        why.code() + ": " + message::escaped(name, logged) + ", " + why.what());
    post(message::error(why.code(), why.what()));
}

void session::post(const json& header, framing::byte_view body) {
    if (const auto failure = peer_.post(header, body); failure && !peer_.failure())
        throw std::system_error(failure, "cannot send a message");
}
