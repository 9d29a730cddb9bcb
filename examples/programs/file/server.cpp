// SPDX-License-Identifier: MIT
// Keeps files for clients that know its token, or show a certificate.
//
//   file_server --listen 127.0.0.1:7000 --root ~/shared
//   file_client 127.0.0.1:7000 put report.pdf
#include "file/lesson.hpp"
#include "file/session.hpp"
#include "file/store.hpp"
#include "support/command_line.hpp"
#include "support/disk.hpp"
#include "support/from_seconds.hpp"
#include "support/service.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace {

struct options {
    service::options server;
    store_options files;
    std::string umask = "022";
    double keep_parts = 24 * 3600; // seconds
    bool no_sync = false;
    bool lesson = false;
};

void add_options(command_line& line, options& options) {
    service::add_options(line, options.server);
    line.add("--root", options.files.root, "the folder whose files they are")
        .named("DIR")
        .required();
    line.add_flag("--read-only", options.files.read_only, "give files, and take none");
    line.add("--max-size", options.files.max_size, "of a file").in_bytes().between(0, most_size);
    line.add("--quota", options.files.quota, "of all files together")
        .in_bytes()
        .between(0, most_size);
    line.add("--umask", options.umask, "permission bits that no file gets, as in the shell")
        .named("OCTAL");
    line.add("--keep-parts", options.keep_parts, "of files that did not come whole")
        .in_seconds()
        .between(0, most_amount);
    line.add_flag("--no-sync", options.no_sync,
                  "answer before files are on the disk: those of the last seconds may be lost when "
                  "the machine fails");
    line.add_flag("--lesson", options.lesson,
                  "for clients of the lesson, who put files by `cmd`, `file_name`, `file_size`; a "
                  "line with the token first, but for your own on this machine");
}

unsigned octal(const std::string& text) {
    if (text.empty() || text.size() > 4 || text.find_first_not_of("01234567") != text.npos)
        throw std::invalid_argument("--umask " + text + " is no octal number such as 022");
    return static_cast<unsigned>(std::stoul(text, nullptr, 8));
}

asio::awaitable<void> serve(const service::client& client, store& files, disks& disks) {
    const auto session = std::make_unique<::session>(client, files, disks);
    co_await session->run();
}

/// A file costs a descriptor, and its folder another.
void allow_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

asio::awaitable<void> clean_up(store& files, disk& disk, double keep_parts) {
    for (;;) {
        co_await disk.run([&] { files.remove_old_parts(keep_parts); });
        co_await tasks::pause(std::chrono::hours(1));
    }
}

} // namespace

int main(int argc, char** argv) {
    command_line line("file_server",
                      "Keeps files for clients that know its token: puts, gives and lists them.");
    options options;
    options.server.name = "file";
    options.server.harmful = true;
    options.server.write_timeout = 300; // its reader may be slow on purpose
    add_options(line, options);
    line.add_example("file_server --listen 127.0.0.1:7000 --root ~/shared",
                     "keep files for whoever may read the token");
    line.add_example("file_server --root ~/shared --quota 10G --keep-parts 7d",
                     "take so much, and keep for a week what did not come whole");
    return line.run(argc, argv, [&] {
        allow_all_descriptors();
        options.files.umask = octal(options.umask);
        ::umask(options.files.umask); // of folders
        options.files.sync = !options.no_sync;
        if (options.lesson)
            options.server.make_dialect = [](bool asks_token) {
                return std::make_unique<lesson_files>(asks_token);
            };
        asio::io_context io(1);
        std::optional<store> files;
        try {
            files.emplace(options.files);
        } catch (const std::system_error& error) {
            throw std::invalid_argument(std::string("--root ") + error.what());
        }
        disks disks(io.get_executor()); // are gone before those they work for
        service::host host(io, options.server);
        tasks::spawn(io.get_executor(), clean_up(*files, disks.soon, options.keep_parts));
        return host.run(
            [&](const service::client& client) { return serve(client, *files, disks); });
    });
}
