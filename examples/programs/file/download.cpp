// SPDX-License-Identifier: MIT
#include "file/download.hpp"

#include <framing/byte_view.hpp>
#include <framing/header_traits.hpp>
#include <framing/header_view.hpp>

#include "file/body.hpp"
#include "file/comparison.hpp"
#include "file/modes.hpp"
#include "file/name.hpp"
#include "file/publish.hpp"
#include "file/times.hpp"
#include "support/contact.hpp"
#include "support/message.hpp"
#include "support/program.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <system_error>
#include <utility>

using asio::awaitable;
using nlohmann::json;

struct file_head {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::optional<double> mtime;
    std::optional<unsigned> mode;
    std::optional<extents> data;

    /// Whether it can be, for a body of this size.
    [[nodiscard]] bool fits(std::uint64_t body_size) const {
        return size <= largest_file && offset <= size && is_time(mtime.value_or(0)) &&
               fit(stretches(), offset, size) && bytes_of(stretches()) == body_size;
    }

    [[nodiscard]] extents stretches() const { return data ? *data : whole(offset, size); }
};

template <>
struct framing::header_traits<file_head>
    : framing::members<
          file_head, framing::member<"offset", &file_head::offset>,
          framing::member<"size", &file_head::size>, framing::member<"mtime", &file_head::mtime>,
          framing::member<"mode", &file_head::mode>, framing::member<"data", &file_head::data>> {};

namespace {

constexpr std::size_t most_asked = 64; // files
constexpr std::size_t most_together = 64;
constexpr std::uint64_t most_bytes_together = 16 * 1024 * 1024;
constexpr std::uint64_t longest_drop = 1024 * 1024;

unsigned our_umask() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
}

awaitable<connection::frame_head*> read_head(connection& server) {
    connection::frame_head* head = nullptr;
    std::string why = "the server closed the connection";
    try {
        head = co_await server.read_head();
    } catch (const std::system_error& error) {
        why = server.error() ? "not what such a server says: " + server.error().message()
                             : "the connection broke: " + error.code().message();
    }
    if (head == nullptr) throw contact::disconnected(why);
    co_return head;
}

/// Whether one need not wait for a thread to deal with it.
bool is_small(const file_head& head) {
    return head.size <= body::chunk_size;
}

/// The sum of what has come, however long it takes.
std::string sum_of(incoming& file) {
    std::optional<std::string> sum;
    while (!sum) sum = file.finish();
    return *sum;
}

void write(incoming& file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) bytes = bytes.subspan(file.write(bytes));
}

part::identity identity_of(const questions::entry& there) {
    return {there.size, there.mtime};
}

} // namespace

download::download(disk& disk, const transfer_options& options, report& report)
    : disk_(disk), options_(options), report_(report), pace_(options), umask_(our_umask()) {}

void download::add(const std::string& name, const std::string& path, const std::string& base) {
    item wanted;
    wanted.name = name;
    wanted.path = path;
    wanted.base = base;
    waiting_.push_back(std::move(wanted));
}

void download::add_to_output(const std::string& name) {
    item wanted;
    wanted.name = name;
    wanted.output = std::make_shared<stream>(options_.sum);
    waiting_.push_back(std::move(wanted));
}

awaitable<void> download::go_on(connection& server) {
    std::exception_ptr gone;
    try {
        while (!waiting_.empty() || !asked_.empty()) {
            while (!waiting_.empty() && asked_.size() < most_asked &&
                   (asked_.empty() || only_asks_for(waiting_.front()))) {
                item wanted = std::move(waiting_.front());
                waiting_.pop_front();
                co_await begin(server, wanted);
            }
            if (!asked_.empty()) co_await receive(server);
        }
    } catch (...) {
        gone = std::current_exception();
    }
    co_await complete();
    for (; !asked_.empty(); asked_.pop_back()) {
        asked_.back().is_new = false; // it may have a part by now
        waiting_.push_front(std::move(asked_.back()));
    }
    if (gone) std::rethrow_exception(gone);
}

bool download::only_asks_for(const item& wanted) const {
    return wanted.there && wanted.there->is_file && wanted.tries == 0 && !options_.checksum;
}

awaitable<void> download::begin(connection& server, item& wanted) {
    std::exception_ptr gone;
    try {
        co_await look(server, wanted);
    } catch (const file_error& error) {
        report_.failed(wanted.name, error.code(), error.what());
    } catch (...) {
        gone = std::current_exception();
    }
    if (gone) {
        waiting_.push_front(std::move(wanted));
        std::rethrow_exception(gone);
    }
}

awaitable<void> download::look(connection& server, item& wanted) {
    if (!wanted.there || wanted.tries != 0)
        wanted.there = co_await questions::stat(server, wanted.name, std::nullopt);
    const questions::entry& there = *wanted.there;
    if (!there.exists) throw file_error("not_found", "the server has no such file");
    if (!there.is_file && !there.is_folder) {
        report_.left_out(wanted.name, "it is no regular file, or its name is not UTF-8");
        co_return;
    }
    if (there.is_folder && (!options_.recursive || wanted.output))
        throw file_error("not_a_file", "it is a folder (-r gets folders)");
    if (!wanted.below && !wanted.output) find_place(wanted);
    if (there.is_folder) co_return co_await begin_folder(server, wanted);
    if (co_await is_unchanged(server, wanted)) co_return report_.unchanged(wanted.name);
    ask(server, std::move(wanted));
}

void download::find_place(item& wanted) {
    struct stat status {};
    // A folder becomes the one that is named, so that the same command goes on with it.
    const bool goes_below = wanted.there->is_file && ::stat(wanted.path.c_str(), &status) == 0 &&
                            S_ISDIR(status.st_mode);
    std::string path = wanted.path;
    if (path.empty() || path.ends_with('/') || goes_below) path = joined(path, wanted.base);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const std::size_t slash = path.rfind('/');
    wanted.place = slash == path.npos ? path : path.substr(slash + 1);
    std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    if (wanted.place == "." || wanted.place == "..") {
        folder = path;
        wanted.place.clear();
    }
    try {
        if (wanted.path.ends_with('/')) std::filesystem::create_directories(folder);
        wanted.below = std::make_shared<const tree>(folder);
    } catch (const std::system_error& error) {
        throw file_error("not_writable", folder + ": " + error.code().message());
    }
}

awaitable<void> download::begin_folder(connection& server, const item& wanted) {
    const auto entries = co_await questions::list(server, wanted.name);
    if (!entries) throw file_error("not_found", "the server has no such folder");
    const unsigned mode = kept_permissions(wanted.there->mode, umask_);
    bool made = false;
    if (!wanted.place.empty())
        of_a_file([&] { made = make_folder(wanted.below->find_or_make(wanted.place), mode); })();
    if (made) report_.made_folder(wanted.name);
    std::vector<item> children;
    for (const questions::entry& each : *entries) {
        const std::string name = joined(wanted.name, each.name);
        if (each.name.find('/') != each.name.npos || fault_of(each.name)) {
            report_.failed(name, "bad_request", "a file is not called so");
            continue;
        }
        item child;
        child.name = name;
        child.below = wanted.below;
        child.place = joined(wanted.place, each.name);
        child.there = each;
        child.is_new = made;
        children.push_back(std::move(child));
    }
    // In order, and backwards, since each goes in front.
    std::ranges::sort(children, std::greater(), &item::name);
    for (item& child : children) waiting_.push_front(std::move(child));
}

awaitable<bool> download::is_unchanged(connection& server, const item& wanted) {
    if (wanted.output || wanted.is_new) co_return false;
    const questions::entry& there = *wanted.there;
    descriptor file;
    struct stat status {};
    try {
        const tree::place place = wanted.below->find(wanted.place);
        if (!look_at(place, status) || !S_ISREG(status.st_mode)) co_return false;
        called_.demand(place.folder, place.leaf);
        if (comparison::same_stamp(options_, there, status)) co_return true;
        if (!comparison::asks_for_sum(options_, there, status)) co_return false;
        file = open_file(place, status);
    } catch (const std::exception&) {
        co_return false; // what is wrong is found again
    }
    co_return co_await comparison::same_sum(server, disk_, options_, wanted.name, there, file.get(),
                                            status);
}

void download::ask(connection& server, item&& wanted) {
    if (wanted.output) {
        wanted.offset = wanted.output->written;
    } else {
        wanted.offset = 0;
        if (!wanted.from_the_start && !wanted.is_new)
            of_a_file([&] {
                wanted.offset =
                    part::partial(wanted.below->find(wanted.place), identity_of(*wanted.there));
            })();
        if (wanted.offset > wanted.there->size) wanted.offset = 0;
    }
    const json question{{"type", "get"},
                        {"name", wanted.name},
                        {"offset", wanted.offset},
                        {"sum", name_of(options_.sum)},
                        {"sparse", !wanted.output}};
    questions::post(server, question);
    asked_.push_back(std::move(wanted));
}

awaitable<void> download::receive(connection& server) {
    const auto* const answer = co_await read_head(server);
    const std::uint64_t body_size = answer->body_size;
    std::optional<file_head> head;
    std::optional<file_error> refusal;
    try {
        questions::expect("file", answer->header);
        head = answer->header.get<file_head>();
    } catch (const file_error& error) {
        refusal = error;
    }
    if (!refusal && (!head || !head->fits(body_size) || head->offset != asked_.front().offset ||
                     (asked_.front().output && head->data)))
        throw contact::refused("the server has sent a file that cannot be");
    item wanted = asked_.front();
    if (!refusal) {
        try {
            if (wanted.output)
                co_await receive_output(server, wanted, *head, body_size);
            else
                co_await receive_file(server, wanted, *head, body_size);
        } catch (const file_error& error) {
            refusal = error;
        }
    }
    asked_.pop_front();
    if (refusal) again_or_never(std::move(wanted), *refusal);
    if (whole_.size() >= most_together || whole_bytes_ >= most_bytes_together || asked_.empty())
        co_await complete();
}

awaitable<void> download::receive_file(connection& server, item& wanted, const file_head& head,
                                       std::uint64_t body_size) {
    report_.began(wanted.name, head.size, head.offset, body_size);
    std::shared_ptr<incoming> file;
    std::uint64_t left = body_size;
    std::optional<file_error> fault;
    try {
        co_await receive_bytes(server, wanted, head, file, left);
    } catch (const file_error& error) {
        fault = error;
    }
    if (left != 0 && !fault) throw contact::disconnected("the connection broke");
    if (left > longest_drop) {
        asked_.pop_front(); // what comes behind it is asked for again
        again_or_never(std::move(wanted), *fault);
        server.abort();
        throw contact::disconnected("the rest of it is not wanted");
    }
    if (left != 0) co_await drop(server, left);
    const std::string claimed = co_await receive_end(server);
    if (fault) throw file_error(*fault);
    std::string sum;
    co_await on_disk(is_small(head), [&] {
        sum = sum_of(*file);
        if (sum == claimed) return;
        file->part().discard();
        throw file_error("checksum_mismatch",
                         "what came has the sum " + sum + ", and not " + claimed);
    });
    whole_bytes_ += head.size;
    whole_.push_back({wanted, std::move(file), sum});
}

awaitable<void> download::receive_bytes(connection& server, const item& wanted,
                                        const file_head& head, std::shared_ptr<incoming>& file,
                                        std::uint64_t& left) {
    const bool small = is_small(head);
    co_await on_disk(small, [&] {
        tree::place place = wanted.below->find_or_make(wanted.place);
        struct stat status {};
        if (look_at(place, status) && !S_ISREG(status.st_mode))
            throw file_error("exists", "what is called so here is no regular file");
        file = std::make_shared<incoming>(
            std::move(place),
            incoming::description{.size = head.size,
                                  .offset = head.offset,
                                  .data = head.stretches(),
                                  .sum = options_.sum,
                                  .mtime = head.mtime,
                                  .mode = kept_permissions(head.mode.value_or(0666), umask_)});
        while (!file->catch_up()) {
        }
    });
    while (small && left != 0) {
        const auto piece = co_await server.read_body();
        if (piece.empty()) co_return;
        left -= piece.size();
        of_a_file([&] { write(*file, piece); })();
        co_await moved(piece.size());
    }
    const body::watcher watcher{[this](std::size_t bytes) { return moved(bytes); }, pace_.most()};
    if (left != 0) co_await body::receive(server, disk_, file, left, &watcher);
}

awaitable<void> download::on_disk(bool small, std::function<void()> work) {
    work = of_a_file(std::move(work));
    if (small)
        work();
    else
        co_await disk_.run(std::move(work));
}

awaitable<void> download::receive_output(connection& server, item& wanted, const file_head& head,
                                         std::uint64_t body_size) {
    stream& output = *wanted.output;
    if (output.written != 0 && (head.size != wanted.there->size ||
                                !same_time(head.mtime.value_or(0), wanted.there->mtime)))
        throw contact::refused(
            "the server has another file than the one whose beginning was written");
    wanted.there->size = head.size;
    wanted.there->mtime = head.mtime.value_or(0);
    asked_.front().there = wanted.there;
    report_.began(wanted.name, head.size, head.offset, body_size);
    for (std::uint64_t left = body_size; left != 0;) {
        const std::span<const std::byte> piece = co_await server.read_body();
        if (piece.empty()) throw contact::disconnected("the connection broke");
        left -= piece.size();
        try {
            write_all(STDOUT_FILENO, framing::as_text(piece));
        } catch (const std::system_error& error) { // no other file could go there either
            throw program::failure(program::failed, error.what());
        }
        output.sum.update(piece);
        output.written += piece.size();
        co_await moved(piece.size());
    }
    const std::string claimed = co_await receive_end(server);
    const std::string sum = output.sum.finish();
    if (sum != claimed)
        throw file_error("checksum_mismatch",
                         "what was written has the sum " + sum + ", and not " + claimed);
    report_.arrived("got", wanted.name, head.size, name_of(options_.sum), sum);
}

awaitable<std::string> download::receive_end(connection& server) {
    const auto* const end = co_await contact::read(server);
    questions::expect("file_end", end->header);
    co_return message::text_of(end->header, name_of(options_.sum)).value_or("");
}

awaitable<void> download::drop(connection& server, std::uint64_t left) {
    while (left != 0) {
        const auto piece = co_await server.read_body();
        if (piece.empty()) throw contact::disconnected("the connection broke");
        left -= piece.size();
    }
}

void download::again_or_never(item&& wanted, const file_error& why) {
    const std::string& code = why.code();
    const bool passes =
        code == "changed" || code == "bad_offset" || code == "busy" || code == "checksum_mismatch";
    if (!passes || wanted.output || ++wanted.tries >= most_tries)
        return report_.failed(wanted.name, code, why.what());
    // Where another goes on with the part and does not end, ours is a part of its own.
    wanted.is_new = false;
    wanted.from_the_start = code == "checksum_mismatch" || wanted.tries == most_tries - 1;
    waiting_.push_front(std::move(wanted));
}

awaitable<void> download::complete() {
    if (whole_.empty()) co_return;
    const std::vector<whole> files = std::exchange(whole_, {});
    whole_bytes_ = 0;
    std::vector<published> results;
    co_await disk_.run([&] {
        std::vector<incoming*> all;
        for (const whole& each : files) all.push_back(each.file.get());
        std::mutex naming; // nobody else counts on it
        results = publish(all, options_.sync, naming);
    });
    for (std::size_t i = 0; i < files.size(); ++i) {
        const whole& each = files[i];
        if (const auto& fault = results[i].fault)
            report_.failed(each.what.name, fault->code(), fault->what());
        else
            report_.arrived("got", each.what.name, each.file->wanted().size, name_of(options_.sum),
                            each.sum);
    }
}

awaitable<void> download::moved(std::size_t bytes) {
    report_.moved(bytes);
    return pace_.keep(bytes);
}
