// SPDX-License-Identifier: MIT
#include "support/command_line.hpp"

#include <framing/version.hpp>

#include "support/program.hpp"
#include "support/standard_streams.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

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

/// Whether it is a number that is read as 0, which often means none, and is not.
bool vanishes(const std::string& text) {
    errno = 0;
    return std::strtod(text.c_str(), nullptr) == 0 && errno == ERANGE;
}

/// What a number with a unit behind it is without; as it was where it has none.
/// Returns: what is wrong with it.
std::string take_unit_away(std::string& text, const std::map<std::string, double>& units) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end == '\0' || vanishes(text)) return {};
    const auto unit = units.find(end);
    if (unit == units.end()) return text + " has a unit that is unknown";
    text = shown(number * unit->second);
    return {};
}

const std::string version = std::to_string(FRAMING_VERSION_MAJOR) + '.' +
                            std::to_string(FRAMING_VERSION_MINOR) + '.' +
                            std::to_string(FRAMING_VERSION_PATCH);

} // namespace

command_line::option& command_line::option::named(const char* value) {
    option_->type_name(value);
    return *this;
}

command_line::option& command_line::option::in_bytes() {
    constexpr double kibi = 1024;
    return named("BYTES").with_units({{"K", kibi},
                                      {"M", kibi * kibi},
                                      {"G", kibi * kibi * kibi},
                                      {"T", kibi * kibi * kibi * kibi}});
}

command_line::option& command_line::option::in_seconds() {
    return named("SECONDS").with_units(
        {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 24 * 3600}});
}

command_line::option& command_line::option::with_units(const std::map<std::string, double>& units) {
    option_->transform(
        CLI::Validator([units](std::string& text) { return take_unit_away(text, units); }, ""));
    return *this;
}

command_line::option& command_line::option::required() {
    option_->required();
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
    const std::string range = "in [" + shown(least) + " - " + shown(most) + ']';
    option_->check(CLI::Validator(
        [=](std::string& text) { // CLI11's own lets NaN pass
            if (vanishes(text)) return text + " is too small to be told from 0";
            double number = 0;
            const bool good =
                CLI::detail::lexical_cast(text, number) && number >= least && number <= most;
            return good ? std::string() : text + " is not " + range;
        },
        most != most_amount && most != most_size ? range : ""));
    return *this;
}

command_line::option& command_line::option::existing_file() {
    option_->check(CLI::ExistingFile);
    return *this;
}

command_line::option& command_line::option::one_each() {
    option_->allow_extra_args(false);
    return *this;
}

command_line::command_line(const std::string& program, const std::string& description)
    : whole_(std::make_unique<CLI::App>(description, program)), app_(whole_.get()) {}

command_line::command_line(CLI::App* command) : app_(command) {}

command_line::~command_line() = default;

template <class Value>
command_line::option command_line::add(const char* name, Value& value, const std::string& what) {
    CLI::Option* const added = app_->add_option(name, value, what);
    added->default_str(shown(value));
    return option(added);
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
    return option(app_->add_flag(name, value, what));
}

void command_line::add_rest(std::vector<std::string>& words) {
    app_->prefix_command();
    rest_ = &words;
}

command_line& command_line::add_command(const char* name, const std::string& description) {
    app_->require_subcommand(1);
    // What is the program's may stand behind the command, too.
    CLI::App* const added = app_->add_subcommand(name, description)->fallthrough();
    commands_.emplace_back(new command_line(added));
    return *commands_.back();
}

bool command_line::chosen() const {
    return app_->parsed();
}

void command_line::add_footer(const std::string& text) {
    app_->footer(text);
}

int command_line::run(int argc, char** argv, const std::function<int()>& work) {
    program::fill_standard_streams();
    const standard_streams streams;
    app_->set_version_flag("-V,--version", app_->get_name() + ' ' + version);
    try {
        const int code = parse(argc, argv) ? work() : program::done;
        std::cout.flush();
        return code;
    } catch (const CLI::ParseError& error) {
        program::complain(std::string(error.what()) + "; --help says what there is");
        return program::bad_usage;
    } catch (...) {
        return program::explain();
    }
}

bool command_line::parse(int argc, char** argv) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::Success& asked) { // --help, --version
        app_->exit(asked);
        return false;
    }
    if (rest_ != nullptr) *rest_ = app_->remaining();
    return true;
}
