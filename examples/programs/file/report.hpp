// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What a person, or a program, is told of transfers, and what they come to.
class report {
public:
    using clock = std::chrono::steady_clock;

    struct options {
        const char* done = ""; // to a file that has arrived, for the summary
        bool json = false;     // a line for each event, on standard output
        bool sums = false;     // a line for each file, as sha256sum has it
        bool progress = false; // standard error is a terminal
    };

    explicit report(const options& wanted) : options_(wanted) {}

    /// A file is on its way, of which so much is there already, and so much to be moved.
    void began(const std::string& name, std::uint64_t size, std::uint64_t there,
               std::uint64_t to_come);
    void moved(std::uint64_t bytes);
    /// ... and has arrived. `what`: "stored" or "got".
    void arrived(const char* what, const std::string& name, std::uint64_t size,
                 const char* sum_name, const std::string& sum);

    void made_folder(const std::string& name);
    void unchanged(const std::string& name);
    void left_out(const std::string& name, std::string_view why);
    void failed(const std::string& name, std::string_view code, std::string_view why);
    /// Something about the connection, or a file that is tried again.
    void tell(std::string_view what);

    /// Draws the line of progress anew, where there is one.
    void draw();
    /// Ends that, and says what all has come to.
    void finish();

    /// Is more whenever it was worth the connection.
    [[nodiscard]] std::uint64_t progress() const {
        return arrived_ + unchanged_ + failed_ + bytes_ / (1024 * 1024);
    }
    [[nodiscard]] bool all_well() const { return failed_ == 0; }

private:
    void complain(std::string_view message);
    void event(const char* what, const std::string& name, nlohmann::json more = {});
    static void print(const std::string& line);
    void erase();

    options options_;
    clock::time_point start_ = clock::now();
    std::size_t arrived_ = 0;
    std::size_t unchanged_ = 0;
    std::size_t left_out_ = 0;
    std::size_t failed_ = 0;
    std::uint64_t bytes_ = 0; // moved, in all

    // The one at hand, for the line of progress.
    std::string name_;
    std::uint64_t size_ = 0;
    std::uint64_t at_ = 0;
    clock::time_point last_moved_ = start_;
    clock::time_point measured_ = start_;
    std::uint64_t measured_bytes_ = 0;
    double rate_ = 0; // bytes a second, of late
    bool drawn_ = false;
};
