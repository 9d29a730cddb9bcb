// SPDX-License-Identifier: MIT
#include "file/upload.hpp"

#include "file/body.hpp"
#include "file/comparison.hpp"
#include "file/error.hpp"
#include "file/name.hpp"
#include "file/times.hpp"
#include "file/tree.hpp"
#include "support/contact.hpp"
#include "support/message.hpp"
#include "support/tasks.hpp"
#include "support/visible.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <functional>
#include <map>
#include <utility>
#include <vector>

using asio::awaitable;
using nlohmann::json;

namespace {

constexpr std::size_t most_unanswered = 256;            // files
constexpr std::uint64_t worth_a_question = 1024 * 1024; // bytes that may have come before

struct stat status_of(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) throw_errno("cannot look at it");
    return status;
}

std::pair<std::uint64_t, double> identity_of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_size), to_seconds(status.st_mtim)};
}

/// The sum, however long it takes.
std::string finish(outgoing& file) {
    std::optional<std::string> sum;
    while (!sum) sum = file.finish();
    return *sum;
}

} // namespace

/// A folder on the way to what is sent.
struct upload::ancestor {
    dev_t device;
    ino_t inode;
    std::shared_ptr<const ancestor> parent;
};

upload::upload(const asio::any_io_executor& executor, disk& disk, const transfer_options& options,
               report& report)
    : disk_(disk), options_(options), report_(report), selection_(options, report),
      changed_(executor), pace_(options) {}

void upload::add(const std::string& path, const std::string& name, const std::string& base) {
    item wanted;
    wanted.path = path;
    wanted.name = name;
    wanted.base = base;
    waiting_.push_back(std::move(wanted));
}

void upload::add(descriptor file, const std::string& name) {
    item wanted;
    wanted.name = name;
    wanted.open = std::make_shared<descriptor>(std::move(file));
    waiting_.push_back(std::move(wanted));
}

awaitable<void> upload::go_on(connection& server) {
    std::exception_ptr failure;
    reads_ = true;
    all_sent_ = false;
    taken_ = numbered_; // what had no answer when a connection broke gets another number
    tasks::spawn(server.get_executor(), take_answers(server), [&](const std::exception_ptr& why) {
        if (why && !failure) failure = why;
        if (why) server.abort();
        reads_ = false;
        changed_.notify();
    });
    try {
        co_await send_all(server);
    } catch (...) {
        if (!failure) failure = std::current_exception();
    }
    if (failure) server.abort();
    all_sent_ = true;
    changed_.notify();
    while (reads_) co_await changed_.wait();
    for (; !sent_.empty(); sent_.pop_back()) waiting_.push_front(std::move(sent_.back()));
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> upload::send_all(connection& server) {
    while (true) {
        while (waiting_.empty() && !sent_.empty()) co_await change();
        if (waiting_.empty()) co_return;
        item wanted = std::move(waiting_.front());
        waiting_.pop_front();
        std::exception_ptr gone;
        try {
            co_await send(server, wanted);
        } catch (const file_error& error) {
            report_.failed(wanted.name, error.code(), error.what());
        } catch (...) {
            gone = std::current_exception();
        }
        const bool unsent = !wanted.path.empty() || wanted.open != nullptr;
        if (gone && unsent) waiting_.push_front(std::move(wanted));
        if (gone) std::rethrow_exception(gone);
        while (sent_.size() >= most_unanswered) co_await change();
        if (!server.has_room()) co_await server.room();
    }
}

awaitable<void> upload::send(connection& server, item& wanted) {
    if (!is_utf8(wanted.name)) throw file_error("bad_request", "its name is not UTF-8");
    if (wanted.is_folder) co_return make_folder(server, std::exchange(wanted, item()));
    if (wanted.open) {
        descriptor file(::fcntl(wanted.open->get(), F_DUPFD_CLOEXEC, 0));
        struct stat status {};
        of_a_file([&] { status = status_of(file.get()); })();
        co_return co_await send_file(server, wanted, std::move(file), status);
    }
    struct stat status {};
    if (!selection_.look(wanted, status)) co_return;
    if (S_ISREG(status.st_mode) && wanted.there &&
        comparison::same_stamp(options_, *wanted.there, status))
        co_return report_.unchanged(wanted.name);
    descriptor file;
    if (!selection_.open(wanted, file, status)) co_return;
    if (S_ISDIR(status.st_mode))
        co_await send_folder(server, wanted, file, status);
    else
        co_await send_file(server, wanted, std::move(file), status);
}

awaitable<void> upload::send_folder(connection& server, item& wanted, const descriptor& folder,
                                    const struct stat& status) {
    for (const ancestor* each = wanted.inside.get(); each != nullptr; each = each->parent.get())
        if (each->device == status.st_dev && each->inode == status.st_ino) {
            report_.left_out(wanted.name, "the symbolic link leads to a folder that it is in");
            co_return;
        }
    if (!wanted.within && (wanted.name.empty() || wanted.name.ends_with('/')))
        wanted.name += wanted.base;

    std::map<std::string, questions::entry> there;
    bool exists = wanted.there ? wanted.there->exists : true;
    if (exists) {
        co_await answered();
        const auto known = co_await questions::list(server, wanted.name);
        exists = known.has_value();
        if (known)
            for (const auto& each : *known) there.emplace(each.name, each);
    }
    if (!exists) {
        item made;
        made.name = wanted.name;
        made.is_folder = true;
        made.mode = status.st_mode & 07777;
        make_folder(server, std::move(made));
    }

    std::vector<std::string> names;
    of_a_file([&] {
        folder_reader entries(folder);
        while (const char* const entry = entries.next()) names.emplace_back(entry);
    })();
    std::ranges::sort(names, std::greater());
    const auto chain =
        std::make_shared<const ancestor>(ancestor{status.st_dev, status.st_ino, wanted.inside});
    const auto within =
        wanted.within ? wanted.within : std::make_shared<const std::string>(wanted.path);
    for (const std::string& name : names) {
        item child;
        child.path = joined(wanted.path, name);
        child.name = joined(wanted.name, name);
        child.within = within;
        child.inside = chain;
        const auto known = there.find(name);
        child.there = known != there.end() ? known->second : questions::entry();
        waiting_.push_front(std::move(child));
    }
}

void upload::make_folder(connection& server, item&& wanted) {
    const json question{{"type", "mkdir"}, {"name", wanted.name}, {"mode", wanted.mode}};
    questions::post(server, question);
    sent_.push_back(std::move(wanted));
    changed_.notify();
}

awaitable<void> upload::send_file(connection& server, item& wanted, descriptor file,
                                  const struct stat& status) {
    if (!wanted.there && (wanted.name.empty() || wanted.name.ends_with('/')))
        wanted.name += wanted.base;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (!wanted.there || wanted.tries != 0 || size >= worth_a_question) {
        co_await answered();
        wanted.there = co_await questions::stat(server, wanted.name, identity_of(status));
    }
    if (wanted.there->is_folder && !wanted.within && !wanted.base.empty()) {
        wanted.name = joined(wanted.name, wanted.base);
        wanted.there = co_await questions::stat(server, wanted.name, identity_of(status));
    }
    bool unchanged = comparison::same_stamp(options_, *wanted.there, status);
    if (comparison::asks_for_sum(options_, *wanted.there, status)) {
        co_await answered();
        unchanged = co_await comparison::same_sum(server, disk_, options_, wanted.name,
                                                  *wanted.there, file.get(), status);
    }
    if (unchanged) co_return report_.unchanged(wanted.name);

    std::uint64_t offset = wanted.from_the_start ? 0 : wanted.there->partial;
    if (offset > size) offset = 0;
    co_await send_bytes(server, wanted, std::move(file), status, offset);
}

awaitable<void> upload::send_bytes(connection& server, item& wanted, descriptor file,
                                   const struct stat& status, std::uint64_t offset) {
    const auto chunk = std::make_shared<body::chunk>();
    std::shared_ptr<outgoing> source;
    const bool has_time = !wanted.open; // what holds a pipe's bytes has only its own
    const sum_kind kind = options_.sum;
    std::string sum;
    // Of a small file one need not wait for a thread.
    const auto begin = [&] {
        source = std::make_shared<outgoing>(std::move(file), status, kind, offset, true);
        body::fill(*chunk, *source, pace_.most());
        if (source->left() == 0) sum = ::finish(*source);
    };
    if (static_cast<std::uint64_t>(status.st_size) <= pace_.most())
        of_a_file(begin)();
    else
        co_await disk_.run(of_a_file(begin));

    json header{{"type", "put"},          {"name", wanted.name},    {"offset", offset},
                {"size", source->size()}, {"mode", source->mode()}, {"sum", name_of(kind)}};
    if (has_time) header["mtime"] = source->mtime();
    if (!source->is_whole()) header["data"] = to_json(source->data());
    report_.began(wanted.name, source->size(), offset, source->body_size());
    const bool small = source->left() == 0;
    if (small) questions::post(server, header, *chunk);
    wanted.size = source->size();
    wanted.sum = sum;
    const std::uint64_t number = ++numbered_;
    sent_.push_back(std::exchange(wanted, item()));
    changed_.notify();

    if (small) {
        co_await moved(chunk->size());
    } else {
        co_await server.write_head(header, source->body_size());
        const body::watcher watcher{[&](std::size_t size) -> awaitable<void> {
                                        // The server does not want it: it need not get all of it.
                                        if (taken_ >= number)
                                            throw contact::disconnected(
                                                "the server refuses the file");
                                        return moved(size);
                                    },
                                    pace_.most()};
        const body::outcome outcome = co_await body::send(server, disk_, source, chunk, &watcher);
        std::optional<file_error> fault = outcome.fault;
        if (!fault) fault = co_await finish(source, sum);
        if (taken_ >= number) co_return;
        if (fault) again_or_never(server, *fault);
        sent_.back().sum = sum;
    }
    json end{{"type", "put_end"}};
    if (kind != sum_kind::none) end[name_of(kind)] = sum;
    questions::post(server, end);
}

awaitable<std::optional<file_error>> upload::finish(std::shared_ptr<outgoing> source,
                                                    std::string& sum) {
    std::optional<file_error> fault;
    try {
        co_await disk_.run(of_a_file([&] { sum = ::finish(*source); }));
    } catch (const file_error& error) {
        fault = error;
    }
    co_return fault;
}

void upload::again_or_never(connection& server, const file_error& fault) {
    item again = std::move(sent_.back());
    sent_.pop_back();
    const std::string name = again.name;
    if (++again.tries < most_tries && fault.code() == "changed")
        waiting_.push_front(std::move(again));
    else
        report_.failed(name, fault.code(), fault.what());
    server.abort(); // the only way to take back what was begun
    throw contact::disconnected(name + ": " + fault.what());
}

awaitable<void> upload::answered() {
    while (!sent_.empty()) co_await change();
}

awaitable<void> upload::change() {
    if (!reads_) throw contact::disconnected("the connection broke");
    co_await changed_.wait();
}

awaitable<void> upload::take_answers(connection& server) {
    while (true) {
        while (sent_.empty() && !all_sent_) co_await changed_.wait();
        if (sent_.empty()) co_return;
        const auto* const answer = co_await contact::read(server);
        take(answer->header);
        changed_.notify();
    }
}

void upload::take(const framing::header_view& answer) {
    std::optional<file_error> refusal;
    try {
        questions::expect(sent_.front().is_folder ? "made" : "stored", answer);
    } catch (const file_error& error) { // anything else ends the connection, and this goes on
        refusal = error;
    }
    item done = std::move(sent_.front());
    sent_.pop_front();
    if (!done.is_folder) ++taken_;
    if (refusal) return refused(std::move(done), *refusal);
    if (done.is_folder) return report_.made_folder(done.name);
    const auto sum = message::text_of(answer, name_of(options_.sum));
    const auto size = answer.find("size").get<std::uint64_t>();
    if (size != done.size || (options_.sum != sum_kind::none && sum != done.sum))
        return report_.failed(done.name, "checksum_mismatch",
                              "the server has stored something of another size or sum");
    report_.arrived("stored", done.name, done.size, name_of(options_.sum), done.sum);
}

void upload::refused(item&& file, const file_error& why) {
    const std::string& code = why.code();
    const bool passes = code == "busy" || code == "bad_offset" || code == "checksum_mismatch";
    if (file.is_folder || !passes || ++file.tries >= most_tries)
        return report_.failed(file.name, code, why.what());
    const std::string name = file.name;
    // Where another goes on with the part and does not end, ours is a part of its own.
    file.from_the_start = code == "checksum_mismatch" || file.tries == most_tries - 1;
    waiting_.push_front(std::move(file));
    if (code == "busy") throw contact::disconnected(name + ": " + why.what());
}

awaitable<void> upload::moved(std::size_t bytes) {
    report_.moved(bytes);
    return pace_.keep(bytes);
}
