// SPDX-License-Identifier: MIT
#include "file/store.hpp"

#include "file/modes.hpp"
#include "file/name.hpp"
#include "file/publish.hpp"
#include "file/spelling.hpp"
#include "file/times.hpp"
#include "support/format.hpp"
#include "support/visible.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

using nlohmann::json;

namespace {

constexpr std::size_t entries_in_a_page = 1000;
constexpr std::uint64_t small_size = 1024 * 1024; // soon comes, for nothing or not

const char* kind_of(const struct stat& status) {
    if (S_ISREG(status.st_mode)) return "file";
    return S_ISDIR(status.st_mode) ? "directory" : "other";
}

json describe(const std::string& name, const struct stat& status) {
    return {{"name", name},
            {"kind", kind_of(status)},
            {"size", S_ISREG(status.st_mode) ? status.st_size : 0},
            {"mtime", to_seconds(status.st_mtim)},
            {"mode", status.st_mode & 07777}};
}

/// The same as text, without a tree: of a folder there may be a million. A name that is no UTF-8
/// cannot be asked for.
std::string text_of(const char* name, const struct stat& status) {
    return fmt::format(R"({{"name":{},"kind":"{}","size":{},"mtime":{},"mode":{}}})",
                       json(name).dump(-1, ' ', false, json::error_handler_t::replace),
                       is_utf8(name) ? kind_of(status) : "other",
                       S_ISREG(status.st_mode) ? status.st_size : 0, to_seconds(status.st_mtim),
                       status.st_mode & 07777);
}

} // namespace

store::store(const store_options& options) : options_(options), tree_(options.root) {
    if (!options_.quota) return;
    walk([this](const descriptor& folder) {
        folder_reader entries(folder);
        struct stat status {};
        while (const char* const entry = entries.next())
            if (::fstatat(folder.get(), entry, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(status.st_mode))
                used_ += status.st_size;
    });
}

json store::look(const request::stat& wanted) const {
    json answer{{"name", wanted.name}, {"exists", false}, {"size", 0}, {"mtime", 0}};
    std::uint64_t partial = 0;
    try {
        const tree::place place = tree_.find(wanted.name);
        struct stat status {};
        if (look_at(place, status)) {
            answer = describe(wanted.name, status);
            answer["exists"] = true;
        }
        std::optional<part::identity> which;
        if (wanted.size) which = {*wanted.size, wanted.mtime};
        partial = part::partial(place, which);
    } catch (const std::system_error& error) {
        const int code = error.code().value();
        if (code != ENOENT && code != ENOTDIR) throw;
    }
    answer["type"] = "stat";
    answer["partial"] = partial;
    return answer;
}

std::shared_ptr<store::reception> store::receive(const request::put& wanted) {
    demand_writable();
    const std::uint64_t size = wanted.file.size;
    if (options_.max_size && size > *options_.max_size)
        throw file_error("too_large", "it has " + std::to_string(size) + " bytes; the most is " +
                                          std::to_string(*options_.max_size));
    tree::place place = tree_.find_or_make(wanted.name);
    struct stat status {};
    if (const bool there = look_at(place, status); there && wanted.file.if_absent)
        throw file_error("exists", "something is called so already");
    else if (there && !S_ISREG(status.st_mode))
        throw file_error("exists", "what is called so is no file");
    else if (there && size > small_size) // else that is seen when it gets its name
        demand_spelling(place.folder, place.leaf);
    demand_room(wanted, place.folder);

    auto made = std::make_shared<reception>(*this, wanted.name);
    incoming::description file = wanted.file;
    file.mode = kept_permissions(wanted.mode.value_or(0666), options_.umask);
    made->file_.emplace(std::move(place), std::move(file));
    made->counted_ = made->file_->part().previous();
    const std::uint64_t more = size - std::min(size, made->counted_);
    take(static_cast<std::int64_t>(more));
    made->counted_ += more;
    return made;
}

std::vector<std::optional<file_error>>
store::complete(std::span<const std::shared_ptr<reception>> files) {
    std::vector<incoming*> all;
    for (const auto& each : files) all.push_back(&each->file());
    const std::vector<published> results = publish(all, options_.sync, naming_);
    std::vector<std::optional<file_error>> faults;
    for (std::size_t i = 0; i < files.size(); ++i) {
        faults.push_back(results[i].fault);
        if (!results[i].named) continue;
        files[i]->counted_ = 0; // it is a file like others now, in place of the one before
        take(-static_cast<std::int64_t>(results[i].replaced));
    }
    return faults;
}

store::reception::~reception() {
    if (!file_) return;
    const std::uint64_t kept = file_->part().leave();
    owner_.take(static_cast<std::int64_t>(kept) - static_cast<std::int64_t>(counted_));
}

std::shared_ptr<outgoing> store::send(const request::get& wanted) const {
    struct stat status {};
    descriptor file = open_file(tree_.find(wanted.name), status);
    const std::uint64_t offset = wanted.offset.value_or(0);
    if (offset > static_cast<std::uint64_t>(status.st_size))
        throw file_error("bad_offset", "it has " + std::to_string(status.st_size) + " bytes");
    return std::make_shared<outgoing>(std::move(file), status,
                                      wanted.sum.value_or(sum_kind::sha256), offset,
                                      wanted.sparse.value_or(false));
}

std::shared_ptr<store::listing> store::list(const std::string& name) const {
    struct stat status {};
    if (!look_at(tree_.find(name), status))
        throw file_error("not_found", "there is no such folder");
    if (!S_ISDIR(status.st_mode)) throw file_error("not_a_folder", "it is no folder");
    return std::make_shared<listing>(tree_.open_folder(name));
}

std::string store::listing::next() {
    std::string page;
    for (std::size_t count = 0; count < entries_in_a_page;) {
        const char* const name = entries_.next();
        if (name == nullptr) break;
        struct stat status {};
        // Others may remove it meanwhile.
        if (std::string_view(name).starts_with(part_prefix) ||
            ::fstatat(folder_.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        page += count++ == 0 ? '[' : ',';
        page += text_of(name, status);
    }
    if (!page.empty()) page += ']';
    return page;
}

void store::remove(const std::string& name) {
    demand_writable();
    const tree::place place = tree_.find(name);
    struct stat status {};
    const std::scoped_lock lock(naming_);
    const bool there = look_at(place, status);
    // Parts show nowhere, and are no reason to keep a folder.
    if (const double whenever = HUGE_VAL; there && S_ISDIR(status.st_mode))
        if (const descriptor folder = tree_.open_folder(name); has_only_parts(folder))
            take(-static_cast<std::int64_t>(::remove_old_parts(folder, whenever)));
    ::remove(place);
    if (there && S_ISDIR(status.st_mode)) tree_.forget_spelling();
    if (there && S_ISREG(status.st_mode)) take(-static_cast<std::int64_t>(status.st_size));
    if (options_.sync) sync_folder(place.folder);
}

void store::make_folder(const request::make_folder& wanted) {
    demand_writable();
    const tree::place place = tree_.find_or_make(wanted.name);
    const unsigned mode = kept_permissions(wanted.mode.value_or(0777), options_.umask);
    if (::make_folder(place, mode) && options_.sync) sync_folder(place.folder);
}

void store::remove_old_parts(double seconds) {
    const auto before = static_cast<double>(std::time(nullptr)) - seconds;
    walk([&](const descriptor& folder) {
        take(-static_cast<std::int64_t>(::remove_old_parts(folder, before)));
    });
}

void store::demand_writable() const {
    if (options_.read_only) throw file_error("not_allowed", "this server only gives files");
}

void store::demand_room(const request::put& wanted, const descriptor& folder) const {
    const std::uint64_t needed = bytes_of(wanted.file.data);
    struct statvfs room {};
    if (needed <= small_size || // which finds out for itself
        ::fstatvfs(folder.get(), &room) != 0 || room.f_blocks == 0)
        return;
    if (needed / room.f_frsize > room.f_bavail)
        throw file_error("no_space", "it needs " + std::to_string(needed) +
                                         " bytes, and there are " +
                                         std::to_string(room.f_bavail * room.f_frsize));
}

void store::take(std::int64_t bytes) {
    const std::int64_t used = used_ += bytes;
    // What others remove below the root may have been counted, or not: it may be less than none.
    if (!options_.quota || bytes <= 0 || used <= 0 ||
        static_cast<std::uint64_t>(used) <= *options_.quota)
        return;
    used_ -= bytes;
    throw file_error("no_space", "all files together may have " + std::to_string(*options_.quota) +
                                     " bytes here");
}

void store::walk(const std::function<void(const descriptor& folder)>& action) const {
    std::vector<std::string> left{""};
    while (!left.empty()) {
        const std::string name = std::move(left.back());
        left.pop_back();
        try {
            const descriptor folder = tree_.open_folder(name);
            action(folder);
            folder_reader entries(folder);
            struct stat status {};
            while (const char* const entry = entries.next())
                if (::fstatat(folder.get(), entry, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISDIR(status.st_mode))
                    left.push_back(name.empty() ? entry : name + '/' + entry);
        } catch (const std::exception&) {
            // Of a folder that is gone, or not for us, the rest is no less worth a look.
        }
    }
}
