// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

/// What a program can be told when it starts: CLI11, which takes seconds to compile, in one source
/// file for all programs.
class command_line {
public:
    /// One of the options, to be described further.
    class option {
    public:
        /// What the help calls its value, as in FILE.
        option& named(const char* value);
        /// A size, with K, M, G or T behind it, or a time, with ms, s, m, h or d; bytes and seconds
        /// where nothing is.
        option& in_bytes();
        option& in_seconds();
        option& required();
        option& needs(const option& other);
        option& excludes(const option& other);
        /// A number in this range, which NaN is not, nor one so small that it would become 0.
        option& between(double least, double most);
        option& existing_file();
        /// Of what can be repeated: one value each time, so that what follows has its own place.
        option& one_each();

    private:
        friend command_line;
        explicit option(CLI::Option* one) : option_(one) {}

        option& with_units(const std::map<std::string, double>& units);

        CLI::Option* option_;
    };

    command_line(const std::string& program, const std::string& description);
    command_line(const command_line&) = delete;
    command_line& operator=(const command_line&) = delete;
    ~command_line();

    /// `name`: as typed, such as "-n,--nick", or without a dash for what has its place. The value
    /// is a std::string, std::size_t, double, an std::optional of these, or a std::vector of
    /// strings or ints, for what can be repeated; the help shows what it is now.
    template <class Value>
    option add(const char* name, Value& value, const std::string& what);
    option add_flag(const char* name, bool& value, const std::string& what);

    /// Takes all that follows what has its place, also what looks like an option.
    void add_rest(std::vector<std::string>& words);

    /// One of several things that the program does, with options of its own.
    command_line& add_command(const char* name, const std::string& description);
    /// Whether it was the one that was asked for.
    [[nodiscard]] bool chosen() const;

    /// What the help ends with.
    void add_footer(const std::string& text);

    /// Reads the command line, then does `work`, which returns the exit code. Whatever goes wrong
    /// is one line on standard error.
    int run(int argc, char** argv, const std::function<int()>& work);

private:
    explicit command_line(CLI::App* command);

    /// Returns: false where help was asked for, and is given.
    bool parse(int argc, char** argv);

    std::unique_ptr<CLI::App> whole_; // nullptr for a command, which is part of another
    CLI::App* app_;
    std::vector<std::unique_ptr<command_line>> commands_;
    std::vector<std::string>* rest_ = nullptr;
};

/// What seconds can be, and rates: 0 to a billion.
inline constexpr double most_amount = 1e9;

/// What a limit or a count can be.
inline constexpr double most_size = 9e18;
