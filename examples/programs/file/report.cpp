// SPDX-License-Identifier: MIT
#include "file/report.hpp"

#include "support/format.hpp"
#include "support/message.hpp"
#include "support/program.hpp"
#include "support/visible.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <system_error>
#include <utility>

using nlohmann::json;

namespace {

std::string in_words(double bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
    return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units.at(unit));
}

std::string in_clock(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    if (whole >= 3600)
        return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::size_t columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

} // namespace

void report::began(const std::string& name, std::uint64_t size, std::uint64_t there,
                   std::uint64_t to_come) {
    name_ = name;
    size_ = there + to_come; // holes do not take their time
    at_ = there;
    if (there != 0) event("resumed", name, {{"offset", there}, {"size", size}});
}

void report::moved(std::uint64_t bytes) {
    bytes_ += bytes;
    at_ += bytes;
    last_moved_ = clock::now();
}

void report::arrived(const char* what, const std::string& name, std::uint64_t size,
                     const char* sum_name, const std::string& sum) {
    ++arrived_;
    json more{{"size", size}};
    if (!sum.empty()) more[sum_name] = sum;
    event(what, name, std::move(more));
    if (!options_.sums || options_.json || sum.empty()) return;
    erase();
    print(sum + "  " + visible(name));
}

void report::made_folder(const std::string& name) {
    event("made", name);
}

void report::unchanged(const std::string& name) {
    ++unchanged_;
    event("skipped", name);
}

void report::left_out(const std::string& name, std::string_view why) {
    ++left_out_;
    event("left_out", name, {{"message", why}});
    complain(name + " is left out: " + std::string(why));
}

void report::failed(const std::string& name, std::string_view code, std::string_view why) {
    ++failed_;
    event("failed", name, {{"code", code}, {"message", why}});
    complain((name.empty() ? "." : name) + ": " + std::string(why)); // the root has no name
}

void report::tell(std::string_view what) {
    complain(what);
}

void report::draw() {
    if (!options_.progress || name_.empty()) return;
    const auto now = clock::now();
    const std::chrono::duration<double> passed = now - measured_;
    if (passed.count() >= 0.5) {
        const double rate = static_cast<double>(bytes_ - measured_bytes_) / passed.count();
        rate_ = measured_ == start_ ? rate : 0.7 * rate_ + 0.3 * rate;
        measured_ = now;
        measured_bytes_ = bytes_;
    }
    const bool stalled = now - last_moved_ > std::chrono::seconds(2) && at_ < size_;
    const double left = static_cast<double>(size_ - std::min(at_, size_));
    std::string end = fmt::format(" {:3}%  {:>10}  {:>12}  {}",
                                  size_ == 0 ? 100
                                             : static_cast<int>(100.0 * static_cast<double>(at_) /
                                                                static_cast<double>(size_)),
                                  in_words(static_cast<double>(at_)), in_words(rate_) + "/s",
                                  stalled     ? "- stalled -"
                                  : rate_ > 0 ? in_clock(left / rate_) + " left"
                                              : "");
    if (arrived_ + unchanged_ + failed_ != 0)
        end += fmt::format("  {} done", arrived_ + unchanged_ + failed_);
    const std::size_t width = columns();
    std::string name = visible(name_);
    if (const std::size_t room = width > end.size() + 4 ? width - end.size() - 1 : 3;
        name.size() > room) {
        std::size_t cut = name.size() - room + 3;
        while (cut < name.size() && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80) ++cut;
        name = "..." + name.substr(cut);
    }
    std::cerr << '\r' << (name + end).substr(0, width - 1) << "\x1b[K" << std::flush;
    drawn_ = true;
}

void report::finish() {
    erase();
    const std::chrono::duration<double> passed = clock::now() - start_;
    json totals{{"arrived", arrived_}, {"unchanged", unchanged_}, {"left_out", left_out_},
                {"failed", failed_},   {"bytes", bytes_},         {"seconds", passed.count()}};
    event("summary", "", std::move(totals));
    if (arrived_ + unchanged_ + left_out_ + failed_ < 2 && !options_.progress) return;
    std::string words = fmt::format("{} {}, {} in {:.1f} s", arrived_, options_.done,
                                    in_words(static_cast<double>(bytes_)), passed.count());
    if (unchanged_ != 0) words += fmt::format(", {} unchanged", unchanged_);
    if (left_out_ != 0) words += fmt::format(", {} left out", left_out_);
    if (failed_ != 0) words += fmt::format(", {} failed", failed_);
    complain(words);
}

void report::complain(std::string_view message) {
    erase();
    program::complain(message);
}

void report::event(const char* what, const std::string& name, json more) {
    if (!options_.json) return;
    json line{{"event", what}};
    if (!name.empty()) line["name"] = name;
    if (!more.is_null()) line.update(more);
    print(message::to_text(line));
}

void report::print(const std::string& line) {
    try {
        std::cout << line << std::endl;        // whoever reads it wants to know now
    } catch (const std::system_error& error) { // no connection could mend that
        throw program::failure(program::failed, error.what());
    }
}

void report::erase() {
    if (std::exchange(drawn_, false)) std::cerr << "\r\x1b[K" << std::flush;
}
