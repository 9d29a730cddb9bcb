// SPDX-License-Identifier: MIT
#include "file/session.hpp"

#include "support/log.hpp"
#include "support/message.hpp"

#include <algorithm>
#include <exception>
#include <span>
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

/// The same work, of which each failure is a file's.
std::function<void()> of_a_file(std::function<void()> work) {
    return [work = std::move(work)] {
        try {
            work();
        } catch (const std::exception&) {
            throw current_file_error();
        }
    };
}

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

/// Reads what fits in a chunk.
void fill(std::vector<std::byte>& chunk, outgoing& file) {
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size, file.left())));
    chunk.resize(file.read(chunk));
}

json to_json(const extents& data) {
    json list = json::array();
    for (const extent& each : data) list.push_back({each.offset, each.length});
    return list;
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
    bytes chunk;
    gather(chunk, left);
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
        if (left != 0) co_await receive_rest(file, left);
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

void session::gather(bytes& chunk, std::uint64_t& left) {
    while (left != 0 && chunk.size() < chunk_size) {
        const auto piece = peer_.try_read_body();
        if (!piece || piece->empty()) return;
        chunk.insert(chunk.end(), piece->begin(), piece->end());
        left -= piece->size();
    }
}

awaitable<void> session::receive_rest(reception file, std::uint64_t& left) {
    disk::queue writing(disk_, peer_.get_executor());
    auto chunk = std::make_shared<bytes>();  // which is filled, ...
    auto before = std::make_shared<bytes>(); // ... while this one is written
    const auto write = [&] {
        std::swap(chunk, before);
        chunk->clear();
        writing.start(of_a_file([file, before] { file->file().write(*before); }));
    };
    std::exception_ptr gone;
    while (left != 0 && !gone) {
        std::span<const std::byte> piece;
        try {
            piece = co_await peer_.read_body();
        } catch (...) {
            gone = std::current_exception();
        }
        if (piece.empty()) break;
        chunk->insert(chunk->end(), piece.begin(), piece.end());
        left -= piece.size();
        if (writing.busy() && chunk->size() < chunk_size) continue;
        co_await writing.finish();
        write();
    }
    co_await writing.finish();
    // Whoever has gone: what came is kept.
    if (!chunk->empty()) write();
    co_await writing.finish();
    if (gone) std::rethrow_exception(gone);
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
    const auto chunk = std::make_shared<bytes>();
    std::string sum;
    co_await on_disk([&] {
        file = store_.send(wanted);
        fill(*chunk, *file);
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
        const std::uint64_t missing = co_await send_rest(file, chunk);
        if (missing > longest_drop) {
            logging::warn("{} ({}) got only some of {}, which has become shorter", peer_.name(),
                          proof_, message::escaped(wanted.name, logged));
            over_ = true;
            co_return;
        }
        if (missing != 0) co_await peer_.write_body(bytes(missing));
        co_await on_disk([&] { sum = file->finish(); });
    }
    json end{{"type", "file_end"}};
    add_sum(end, file->kind(), sum);
    post(end);
    logging::info("{} ({}) got {}, {} bytes", peer_.name(), proof_,
                  message::escaped(wanted.name, logged), file->size() - file->from());
}

awaitable<std::uint64_t> session::send_rest(std::shared_ptr<outgoing> file,
                                            std::shared_ptr<bytes> chunk) {
    disk::queue reading(disk_, peer_.get_executor());
    auto ahead = std::make_shared<bytes>(); // read, while the other is sent
    std::uint64_t left = file->body_size() - chunk->size();
    while (true) {
        if (left != 0) reading.start(of_a_file([file, ahead] { fill(*ahead, *file); }));
        co_await peer_.write_body(*chunk);
        if (left == 0) co_return 0;
        try {
            co_await reading.finish();
        } catch (const file_error&) {
            co_return left; // what is wrong is found again at the end
        }
        left -= ahead->size();
        std::swap(chunk, ahead);
    }
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
            bytes chunk;
            for (int i = 0; i < chunks_at_once; ++i) {
                fill(chunk, *file);
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
    return disk_.run(of_a_file(std::move(work)));
}

void session::refuse(std::string_view name, const file_error& why) {
    logging::warn_about(peer_.name(), std::string(why.code()) + ": " +
                                          message::escaped(name, logged) + ", " + why.what());
    post(message::error(why.code(), why.what()));
}

void session::post(const json& header, framing::byte_view body) {
    if (const auto failure = peer_.post(header, body); failure && !peer_.failure())
        throw std::system_error(failure, "cannot send a message");
}
