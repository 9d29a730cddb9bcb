// SPDX-License-Identifier: MIT
#pragma once

#include "support/units.hpp"
#include "support/usage.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
class ParseError;
} // namespace CLI

/// What a program can be told when it starts: CLI11, which takes seconds to compile, in one source
/// file for all programs. What is said here of an option is all that its help, its manual page and
/// what a shell completes are made of.
class command_line {
public:
    /// One of the options, to be described further.
    class option {
    public:
        /// What its value is called. FILE and DIR complete as these do.
        option& named(const char* value);
        /// One of a few words.
        option& among(const std::vector<std::string>& words);
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
        option(CLI::Option* one, usage::option& described) : option_(one), described_(&described) {}

        option& with_units(const units::table& known);
        [[nodiscard]] std::string written(double number) const;
        option& check(const std::function<std::string(const std::string&)>& wrong);

        CLI::Option* option_;
        usage::option* described_;
        const units::table* units_ = nullptr; // that its value can have
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

    /// Takes all that follows what has its place, behind -- or not; behind it, also what looks like
    /// an option.
    void add_rest(std::vector<std::string>& words, const char* name, const std::string& what);

    /// Options that are added from now on stand below this in the help; the others above.
    void begin_section(const char* name) { section_ = name; }

    /// One of several things that the program does, with options of its own.
    command_line& add_command(const char* name, const std::string& description);
    /// Whether it was the one that was asked for.
    [[nodiscard]] bool chosen() const;

    /// What somebody may type, and what that does.
    void add_example(const std::string& words, const std::string& what);
    /// What else is to be said.
    void add_note(const std::string& text);
    /// Besides those that all programs have.
    void add_exit_code(int code, const std::string& when);

    /// Reads the command line, then does `work`, which returns the exit code. Whatever goes wrong
    /// is one line on standard error.
    int run(int argc, char** argv, const std::function<int()>& work);

private:
    command_line(CLI::App* command, usage::command& described);

    usage::option& describe(const char* name, const std::string& what);
    void add_common();

    /// Returns: false where help was asked for, and is given.
    bool parse(int argc, char** argv);
    void take_rest();
    /// A line about what is wrong.
    [[nodiscard]] std::string explain(const CLI::ParseError& error) const;
    [[nodiscard]] std::string mistyped(const std::string& word) const;
    [[nodiscard]] std::string missing() const;
    [[nodiscard]] std::string miscounted(const std::string& why) const;

    [[nodiscard]] const command_line* chosen_command() const;
    [[nodiscard]] const usage::command* command_to_explain() const;
    [[nodiscard]] std::string description_for(const std::string& reader) const;

    usage::command program_;          // of the whole; a command is part of another's
    std::unique_ptr<CLI::App> whole_; // nullptr for a command
    CLI::App* app_;
    usage::command& described_;
    std::vector<std::unique_ptr<command_line>> commands_;
    std::vector<std::pair<CLI::Option*, usage::option*>> options_;
    std::string section_;
    std::vector<std::string>* rest_ = nullptr;
};

/// What seconds can be, and rates: 0 to a billion.
inline constexpr double most_amount = 1e9;

/// What a limit or a count can be.
inline constexpr double most_size = 9e18;
