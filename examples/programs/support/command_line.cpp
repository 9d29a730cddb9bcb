// SPDX-License-Identifier: MIT
#include "support/command_line.hpp"

#include <framing/version.hpp>

#include "support/program.hpp"
#include "support/standard_streams.hpp"
#include "system/surroundings.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace {

/// The value before the command line is read, as the help shows it.
template <class Value>
std::string shown(const Value& value) {
    std::ostringstream text;
    text.precision(15);
    text << value;
    return text.str();
}
template <class Value>
std::string shown(const std::optional<Value>&) {
    return {};
}
template <class Value>
std::string shown(const std::vector<Value>&) {
    return {};
}

/// What the value of an option is read as: that itself, what an optional or a list holds.
template <class Value>
struct read_as {
    using type = Value;
};
template <class Value>
struct read_as<std::optional<Value>> : read_as<Value> {};
template <class Value>
struct read_as<std::vector<Value>> : read_as<Value> {};

/// What is wrong with a number.
template <class Number>
std::string wrong_as(const std::string& text) {
    Number number{};
    if (units::vanishes(text) || CLI::detail::lexical_cast(text, number)) return {};
    return text + (std::is_integral_v<Number> ? " is not a whole number" : " is not a number");
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

const std::string version = std::to_string(FRAMING_VERSION_MAJOR) + '.' +
                            std::to_string(FRAMING_VERSION_MINOR) + '.' +
                            std::to_string(FRAMING_VERSION_PATCH);

/// The option, which no help names, by which the build has documents made.
constexpr std::string_view describe_for = "--describe-for";

} // namespace

command_line::option& command_line::option::named(const char* value) {
    option_->type_name(value);
    described_->value = value;
    return *this;
}

command_line::option& command_line::option::among(const std::vector<std::string>& words) {
    return named(joined(words, "|").c_str()).check([words](const std::string& text) {
        const bool known = std::ranges::find(words, text) != words.end();
        return known ? std::string() : text + " is not among: " + joined(words, ", ");
    });
}

command_line::option& command_line::option::in_bytes() {
    return named("SIZE").with_units(units::of_bytes());
}

command_line::option& command_line::option::in_seconds() {
    return named("TIME").with_units(units::of_seconds());
}

command_line::option& command_line::option::with_units(const units::table& known) {
    option_->transform(
        CLI::Validator([&known](std::string& text) { return units::take_away(text, known); }, ""));
    units_ = &known;
    if (!described_->initially.empty())
        described_->initially = written(std::stod(described_->initially));
    return *this;
}

std::string command_line::option::written(double number) const {
    return units_ == nullptr ? units::written(number) : units::written(number, *units_);
}

command_line::option& command_line::option::required() {
    option_->required();
    described_->required = true;
    return *this;
}

command_line::option& command_line::option::needs(const option& other) {
    option_->needs(other.option_);
    return *this;
}

command_line::option& command_line::option::excludes(const option& other) {
    option_->excludes(other.option_);
    return *this;
}

command_line::option& command_line::option::between(double least, double most) {
    const bool is_open = most == most_amount || most == most_size;
    const std::string range = written(least) + (is_open ? " or more" : " to " + written(most));
    const std::string wrong = (is_open ? " is not " : " is not in the range ") + range;
    if (!is_open) described_->range = range;
    return check([=](const std::string& text) { // CLI11's own lets NaN pass
        if (units::vanishes(text)) return text + " is too small to be told from 0";
        double number = 0;
        const bool good =
            CLI::detail::lexical_cast(text, number) && number >= least && number <= most;
        return good ? std::string() : text + wrong;
    });
}

command_line::option& command_line::option::existing_file() {
    option_->check(CLI::ExistingFile);
    return *this;
}

command_line::option& command_line::option::one_each() {
    option_->allow_extra_args(false);
    return *this;
}

command_line::option&
command_line::option::check(const std::function<std::string(const std::string&)>& wrong) {
    option_->check(CLI::Validator([wrong](std::string& text) { return wrong(text); }, ""));
    return *this;
}

command_line::command_line(const std::string& program, const std::string& description)
    : whole_(std::make_unique<CLI::App>(description, program)), app_(whole_.get()),
      described_(program_) {
    described_.name = program;
    described_.description = description;
    app_->allow_windows_style_options(false); // what begins with / is a path
    app_->formatter_fn([this](const CLI::App*, const std::string&, CLI::AppFormatMode) {
        return usage::help(described_, command_to_explain());
    });
}

command_line::command_line(CLI::App* command, usage::command& described)
    : app_(command), described_(described) {}

command_line::~command_line() = default;

template <class Value>
command_line::option command_line::add(const char* name, Value& value, const std::string& what) {
    using Read = typename read_as<Value>::type;
    usage::option& described = describe(name, what);
    described.initially = shown(value);
    described.repeatable = !std::is_same_v<Value, Read> && std::ranges::range<Value>;
    option added(app_->add_option(name, value, what), described);
    if constexpr (std::is_arithmetic_v<Read>) added.check(wrong_as<Read>);
    options_.emplace_back(added.option_, &described);
    return added;
}
template command_line::option command_line::add(const char*, std::string&, const std::string&);
template command_line::option command_line::add(const char*, std::size_t&, const std::string&);
template command_line::option command_line::add(const char*, double&, const std::string&);
template command_line::option command_line::add(const char*, std::optional<std::string>&,
                                                const std::string&);
template command_line::option command_line::add(const char*, std::optional<std::size_t>&,
                                                const std::string&);
template command_line::option command_line::add(const char*, std::optional<double>&,
                                                const std::string&);
template command_line::option command_line::add(const char*, std::vector<std::string>&,
                                                const std::string&);
template command_line::option command_line::add(const char*, std::vector<int>&, const std::string&);

command_line::option command_line::add_flag(const char* name, bool& value,
                                            const std::string& what) {
    return option(app_->add_flag(name, value, what), describe(name, what));
}

void command_line::add_rest(std::vector<std::string>& words, const char* name,
                            const std::string& what) {
    app_->prefix_command();
    rest_ = &words;
    usage::option& described = describe("", what);
    described.value = name;
    described.repeatable = true;
}

command_line& command_line::add_command(const char* name, const std::string& description) {
    app_->require_subcommand(1);
    // What is the program's may stand behind the command, too.
    CLI::App* const added = app_->add_subcommand(name, description)->fallthrough();
    usage::command& described = described_.commands.emplace_back();
    described.name = name;
    described.description = description;
    commands_.emplace_back(new command_line(added, described));
    return *commands_.back();
}

bool command_line::chosen() const {
    return app_->parsed();
}

void command_line::add_example(const std::string& words, const std::string& what) {
    described_.examples.push_back({words, what});
}

void command_line::add_note(const std::string& text) {
    described_.notes.push_back(text);
}

void command_line::add_exit_code(int code, const std::string& when) {
    described_.codes.push_back({code, when});
}

/// `name`: as `add` takes it. What has its place is called by it, until it is named.
usage::option& command_line::describe(const char* name, const std::string& what) {
    usage::option& described = described_.options.emplace_back();
    described.what = what;
    described.section = section_;
    if (*name == '-')
        described.names = CLI::detail::split(name, ',');
    else
        described.value = name;
    return described;
}

int command_line::run(int argc, char** argv, const std::function<int()>& work) {
    surroundings::prepare_standard_streams();
    const standard_streams streams;
    add_common();
    try {
        int code = program::done;
        if (argc == 3 && argv[1] == describe_for)
            std::cout << description_for(argv[2]);
        else if (parse(argc, argv))
            code = work();
        std::cout.flush();
        return code;
    } catch (const CLI::ParseError& error) {
        const std::string why = explain(error);
        program::complain(why + (why.ends_with('?') ? " " : "; ") + "--help says what there is");
        return program::bad_usage;
    } catch (...) {
        return program::explain();
    }
}

void command_line::add_common() {
    app_->set_help_flag("-h,--help", "");
    app_->set_version_flag("-V,--version", app_->get_name() + ' ' + version);
    section_.clear();
    describe("-h,--help", "show this");
    describe("-V,--version", "show the version");
    add_exit_code(program::done, "All is done.");
    add_exit_code(program::failed, "The work failed, or the other side refused it.");
    add_exit_code(program::bad_usage, "The command line cannot be understood.");
    std::ranges::sort(described_.codes, {}, &usage::exit_code::code);
}

bool command_line::parse(int argc, char** argv) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::Success& asked) { // --help, --version
        app_->exit(asked);
        return false;
    }
    if (rest_ != nullptr) take_rest();
    return true;
}

void command_line::take_rest() {
    *rest_ = app_->remaining();
    if (rest_->empty()) return;
    if (rest_->front() == "--")
        rest_->erase(rest_->begin());
    else if (rest_->front().starts_with('-'))
        throw CLI::ExtrasError(*rest_);
}

std::string command_line::explain(const CLI::ParseError& error) const {
    const auto kind = static_cast<CLI::ExitCodes>(error.get_exit_code());
    if (kind == CLI::ExitCodes::ArgumentMismatch) return miscounted(error.what());
    if (kind != CLI::ExitCodes::ExtrasError && kind != CLI::ExitCodes::RequiredError)
        return error.what();
    const std::vector<std::string> left = app_->remaining(true);
    if (left.empty() || (rest_ != nullptr && !left.front().starts_with('-'))) return missing();
    return mistyped(left.front());
}

std::string command_line::mistyped(const std::string& word) const {
    const command_line* const chosen = chosen_command();
    std::vector<std::string> names;
    std::string kind = "option";
    std::string lacks = missing();
    if (word.starts_with('-')) {
        for (const usage::option& each : described_.options)
            names.insert(names.end(), each.names.begin(), each.names.end());
        if (chosen != nullptr)
            for (const usage::option& each : chosen->described_.options)
                names.insert(names.end(), each.names.begin(), each.names.end());
    } else if (chosen == nullptr && !commands_.empty()) {
        kind = "command";
        lacks.clear();
        for (const usage::command& each : described_.commands) names.push_back(each.name);
    } else {
        return word + " is one word too many";
    }
    const std::string name = word.substr(0, word.find('='));
    const std::string meant = usage::nearest(name, names);
    std::string text = "there is no " + kind + ' ' + name;
    if (!meant.empty()) text += "; did you mean " + meant + '?';
    if (!lacks.empty() && lacks != meant + " is required")
        text += (meant.empty() ? "; " : " ") + lacks;
    return text;
}

std::string command_line::missing() const {
    std::vector<std::string> names;
    const auto look = [&names](const command_line& line) {
        for (const auto& [parsed, described] : line.options_)
            if (described->required && parsed->count() == 0)
                names.push_back(described->has_place() ? described->value
                                                       : described->names.back());
    };
    look(*this);
    const command_line* const chosen = chosen_command();
    if (chosen != nullptr) look(*chosen);
    if (chosen == nullptr && !commands_.empty()) {
        std::vector<std::string> commands;
        for (const usage::command& each : described_.commands) commands.push_back(each.name);
        names.push_back("a command (" + joined(commands, ", ") + ')');
    }
    if (names.empty()) return {};
    return joined(names, " and ") + (names.size() == 1 ? " is" : " are") + " required";
}

std::string command_line::miscounted(const std::string& why) const {
    const std::string name = why.substr(0, why.find(':'));
    if (!why.ends_with("missing")) return name + " is given more than once";
    const command_line* const chosen = chosen_command();
    const auto options = chosen == nullptr ? options_ : chosen->options_;
    for (const auto& [parsed, described] : options)
        if (parsed->get_name() == name) return name + " needs a " + described->value;
    return why;
}

const command_line* command_line::chosen_command() const {
    for (const auto& each : commands_)
        if (each->chosen()) return each.get();
    return nullptr;
}

const usage::command* command_line::command_to_explain() const {
    if (const command_line* const chosen = chosen_command()) return &chosen->described_;
    // One whose name stands where something else would have to be before it.
    for (const auto& [parsed, described] : options_)
        for (const auto& each : commands_)
            if (described->has_place() && parsed->count() != 0 &&
                parsed->results().front() == each->described_.name)
                return &each->described_;
    return nullptr;
}

std::string command_line::description_for(const std::string& reader) const {
    if (reader == "man") return usage::manual(described_, version);
    if (reader == "bash") return usage::bash_completion(described_);
    if (reader == "zsh") return usage::zsh_completion(described_);
    throw std::invalid_argument(std::string(describe_for) + " is for man, bash or zsh");
}
