// SPDX-License-Identifier: MIT
// Puts, gets and lists files of a file server.
//
//   file_client 127.0.0.1:7000 put report.pdf
//   file_client 127.0.0.1:7000 get -r photos
#include "file/digest.hpp"
#include "file/download.hpp"
#include "file/error.hpp"
#include "file/listing.hpp"
#include "file/questions.hpp"
#include "file/report.hpp"
#include "file/transfer.hpp"
#include "file/upload.hpp"
#include "support/command_line.hpp"
#include "support/contact.hpp"
#include "support/descriptor.hpp"
#include "support/disk.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/tasks.hpp"
#include "support/visible.hpp"
#include "system/file_system.hpp"
#include "system/job_control.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using asio::awaitable;
using nlohmann::json;

namespace {

constexpr std::size_t disk_threads = 2;

struct options {
    contact::options server;
    transfer_options transfer;
    ::report::options report;
    std::string sum = "sha256";
    bool no_sync = false;
    std::vector<std::string> names;
};

/// What comes behind the last slash, which a folder's name may end in.
std::string base_of(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    std::string base = path.substr(path.rfind('/') + 1);
    return base == "." || base == ".." ? "" : base;
}

/// A name there, where people call the root `.` as any folder that they are in.
std::string from_root(std::string name) {
    while (name.starts_with("./")) name.erase(0, 2);
    return name == "." ? "" : name;
}

/// Where names are to go, which is said behind them: for more than one a folder.
std::string take_target(std::vector<std::string>& names) {
    if (names.size() < 2) return {};
    std::string target = names.back();
    names.pop_back();
    if (names.size() > 1 && !target.ends_with('/') && target != "-") target += '/';
    return target;
}

/// Standard input, in a file without a name: how much it is has to be said before it is sent.
descriptor input_as_file() {
    const char* const folder = std::getenv("TMPDIR");
    descriptor file(file_system::open_unnamed(folder != nullptr ? folder : "/tmp"));
    if (file.get() < 0)
        throw std::system_error(errno, std::generic_category(), "no room for standard input");
    std::vector<std::byte> bytes(256 * 1024);
    while (const std::size_t size = read_some(STDIN_FILENO, bytes, "standard input"))
        write_all(file.get(), {reinterpret_cast<const char*>(bytes.data()), size}, "its copy");
    return file;
}

/// The client, with what it is to do over as many connections as it takes.
class client {
public:
    using question = std::function<awaitable<void>(connection&, const std::string&)>;

    client(asio::io_context& io, const options& options)
        : executor_(io.get_executor()), options_(options), report_(options.report),
          disk_(executor_, disk_threads), signals_(executor_), redraw_(executor_),
          patience_(executor_) {}

    awaitable<int> put() {
        upload files(executor_, disk_, options_.transfer, report_);
        std::vector<std::string> names = options_.names;
        const std::string target = from_root(take_target(names));
        for (const std::string& path : names)
            if (path != "-")
                files.add(path, target, base_of(path));
            else if (target.empty() || target.ends_with('/'))
                throw std::invalid_argument(
                    "what comes from standard input needs a name: put - NAME");
            else
                files.add(input_as_file(), target);
        co_return co_await transfer(files);
    }

    awaitable<int> get() {
        download files(disk_, options_.transfer, report_);
        std::vector<std::string> names = options_.names;
        const std::string target = take_target(names);
        if (target == "-" && (options_.report.json || options_.report.sums))
            throw std::invalid_argument("standard output is the file's: no --json, no --print-sum");
        for (const std::string& name : names)
            if (target == "-")
                files.add_to_output(from_root(name));
            else
                files.add(from_root(name), target, base_of(name));
        co_return co_await transfer(files, target == "-");
    }

    /// Asks one question of each name.
    awaitable<int> each(question ask) {
        json welcome;
        connection server = co_await contact::reach(executor_, options_.server, welcome);
        for (const std::string& name : options_.names) {
            try {
                co_await ask(server, from_root(name));
            } catch (const file_error& error) {
                report_.failed(name, error.code(), error.what());
            }
        }
        co_await server.close();
        co_return report_.all_well() ? program::done : program::failed;
    }

private:
    static constexpr std::chrono::milliseconds shortest_pause{200};
    static constexpr std::chrono::milliseconds longest_pause{10'000};
    static constexpr int most_failures = 10; // in a row

    template <class Files>
    awaitable<int> transfer(Files& files, bool to_output = false) {
        // Where output may wait for others, signals do what they always do, which loses nothing.
        if (!options_.report.json && !options_.report.sums && !to_output) {
            tasks::heed(signals_, SIGINT, SIGTERM, SIGHUP);
            tasks::at_each(signals_, [this](int signal) { interrupt(signal); });
        }
        draw();
        std::exception_ptr failure;
        try {
            co_await move_all(files);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await disk_.rest();
        if (failure) std::rethrow_exception(failure);
        co_return finished();
    }

    template <class Files>
    awaitable<void> move_all(Files& files) {
        auto pause = shortest_pause;
        int failures = 0;
        for (bool reached = false;;) {
            const std::uint64_t before = report_.progress();
            std::string why;
            std::optional<connection> server;
            try {
                json welcome;
                server = co_await contact::reach(executor_, options_.server, welcome);
                reached = true;
                server_ = &*server;
                co_await files.go_on(*server);
                server_ = nullptr;
                co_await server->close();
                co_return;
            } catch (const contact::disconnected& error) {
                if (!reached) throw;
                why = error.what();
            } catch (const std::system_error& error) {
                if (!server || !(server->failure() || server->error())) throw;
                why = "the connection broke: " + error.code().message();
            }
            server_ = nullptr;
            if (interrupted_ != 0 || files.done()) co_return;
            if (report_.progress() != before) {
                failures = 0;
                pause = shortest_pause;
            }
            if (++failures > most_failures) throw contact::disconnected(why);
            report_.tell(why + "; trying again");
            co_await tasks::pause(pause);
            pause = std::min(2 * pause, longest_pause);
        }
    }

    int finished() {
        redraw_.cancel();
        report_.finish();
        if (interrupted_ != 0) {
            report_.tell("interrupted: the same command goes on where this one was");
            return 128 + interrupted_;
        }
        return report_.all_well() ? program::done : program::failed;
    }

    void draw() {
        report_.draw();
        redraw_.set(std::chrono::milliseconds(100), [this] { draw(); });
    }

    /// The first time a transfer is ended in order; the second ends us as it is.
    void interrupt(int signal) {
        if (interrupted_ != 0 || server_ == nullptr) return obey(signals_, signal);
        interrupted_ = signal;
        server_->abort();
        // What takes longer than this to leave would take too long.
        patience_.set(std::chrono::seconds(1), [this] { ::_exit(finished()); });
    }

    asio::any_io_executor executor_;
    const options& options_;
    report report_;
    disk disk_;
    asio::signal_set signals_;
    tasks::alarm redraw_;
    tasks::alarm patience_;
    connection* server_ = nullptr; // while a transfer is under way
    int interrupted_ = 0;          // by this signal
};

void add_transfer(command_line& line, options& options) {
    transfer_options& how = options.transfer;
    line.add_flag("-r,--recursive", how.recursive, "folders, with all that is in them");
    line.add_flag("-f,--force", how.force, "also what is there already, unchanged");
    line.add_flag("-c,--checksum", how.checksum,
                  "know what is there by its sum, not by its time of modification");
    line.add("--sum", options.sum, "how to make sure of it").among({"sha256", "xxh128", "none"});
    line.add_flag("--print-sum", options.report.sums, "print the sum of each file");
    line.add("--limit-rate", how.rate, "at most, a second").in_bytes().between(1, most_size);
    line.add_flag("--json", options.report.json, "print each event as a line of JSON");
}

command_line& add_command(command_line& line, options& options, const char* name, const char* what,
                          const char* of, const char* called = "NAME") {
    command_line& command = line.add_command(name, what);
    command.add("names", options.names, of).named(called).required();
    return command;
}

awaitable<void> print_list(connection& server, const std::string& name, bool as_json) {
    const auto entries = co_await questions::list(server, name);
    if (!entries) throw file_error("not_found", "there is no such folder");
    std::cout << (as_json ? to_lines(*entries) : to_table(*entries));
}

awaitable<void> print_sum(connection& server, const std::string& name, const std::string& kind) {
    const json question{{"type", "sum"}, {"name", name}, {"sum", kind}};
    const json answer = co_await questions::ask(server, question, "sum");
    std::cout << visible(message::text_of(answer, kind.c_str()).value_or("")) << "  "
              << visible(name) << '\n';
}

awaitable<void> print_stat(connection& server, const std::string& name) {
    const json question{{"type", "stat"}, {"name", name}};
    json answer = co_await questions::ask(server, question, "stat");
    answer.erase("type");
    std::cout << message::to_text(answer) << '\n';
    if (answer.value("exists", false)) co_return;
    throw file_error("not_found", "there is no such file");
}

} // namespace

int main(int argc, char** argv) {
    command_line line("file_client", "Puts, gets and lists files of a file server.");
    options options;
    options.server.kind = "file";
    options.server.always_token = true;
    contact::add_options(line, options.server);
    command_line& put = add_command(line, options, "put", "send files",
                                    "files here (- is standard input), and then where to", "FILE");
    add_transfer(put, options);
    put.add_flag("-L,--follow-links", options.transfer.follow_links,
                 "send what symbolic links lead to, where that is in the folder sent");
    command_line& get = add_command(line, options, "get", "get files",
                                    "files there, and then where to (- is standard output)");
    add_transfer(get, options);
    get.add_flag("--no-sync", options.no_sync, "do not wait until they are on the disk");
    command_line& ls = line.add_command("ls", "list a folder");
    ls.add("names", options.names, "folders; without one, the root").named("NAME");
    ls.add_flag("--json", options.report.json, "an entry a line, as JSON");
    command_line& rm = add_command(line, options, "rm", "remove files", "files, or empty folders");
    command_line& mkdir = add_command(line, options, "mkdir", "make folders", "folders");
    command_line& sum = add_command(line, options, "sum", "print sums", "files there");
    sum.add("--sum", options.sum, "which").among({"sha256", "xxh128"});
    command_line& stat = add_command(line, options, "stat", "say what is there", "files there");
    put.add_example("file_client 127.0.0.1:7000 put report.pdf", "send a file");
    put.add_example("file_client 127.0.0.1:7000 put -r photos/ backup/",
                    "send what is in a folder into another");
    get.add_example("file_client 127.0.0.1:7000 get report.pdf", "get a file");
    get.add_example("file_client 127.0.0.1:7000 get notes.txt - | less", "read one");
    line.add_example("file_client 127.0.0.1:7000 put report.pdf", "send a file");
    line.add_example("file_client 127.0.0.1:7000 get -r photos", "get a folder");
    line.add_note("COMMAND --help says what each takes.");
    return line.run(argc, argv, [&] {
        options.transfer.sum = sum_kind_of(options.sum).value();
        options.transfer.sync = !options.no_sync;
        options.report.progress =
            !options.report.json && ::isatty(STDERR_FILENO) == 1 && (put.chosen() || get.chosen());
        options.report.done = get.chosen() ? "got" : "sent";
        if (ls.chosen() && options.names.empty()) options.names.emplace_back();
        return contact::run([&](asio::io_context& io) -> awaitable<int> {
            const auto self = std::make_unique<client>(io, options);
            if (put.chosen()) co_return co_await self->put();
            if (get.chosen()) co_return co_await self->get();
            co_return co_await self->each(
                [&](connection& server, const std::string& name) -> awaitable<void> {
                    if (ls.chosen()) co_await print_list(server, name, options.report.json);
                    if (sum.chosen()) co_await print_sum(server, name, options.sum);
                    if (stat.chosen()) co_await print_stat(server, name);
                    if (rm.chosen()) {
                        const json question{{"type", "remove"}, {"name", name}};
                        co_await questions::ask(server, question, "removed");
                    }
                    if (mkdir.chosen()) {
                        const json question{{"type", "mkdir"}, {"name", name}};
                        co_await questions::ask(server, question, "made");
                    }
                });
        });
    });
}
