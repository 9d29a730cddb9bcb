// SPDX-License-Identifier: MIT
#pragma once

#include "chat/command.hpp"
#include "chat/conversation.hpp"
#include "chat/screen.hpp"
#include "chat/typed_lines.hpp"
#include "support/command_line.hpp"
#include "support/tasks.hpp"

#include <asio.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

/// What a person, or a script, does in a room, whatever carries it to the server.
class console {
public:
    struct options {
        std::string nick;
        std::string room = "lobby";
        bool as_json = false;
        bool stays = false;
        bool rings = false;
        bool forgets = false;
        bool replays = true; // whether the server says again what was missed
    };
    static void add_options(command_line& line, options& options);
    /// Throws: std::invalid_argument for a name that cannot be.
    static void check(const options& options);

    using sender = std::function<void(const nlohmann::json& header, std::string_view text)>;

    /// `quit`: what is done when the user wants to leave.
    console(asio::io_context& io, const options& chosen, std::function<void()> quit);

    /// Reads what the user types, to its end.
    void start();

    /// How the server is reached while we are in a room.
    void connected(sender send);
    void disconnected();

    /// Takes a message of the server in, shows it, and says what can be said then.
    void take(const nlohmann::json& header, std::string_view text);

    /// What was under way is lost, which the user is told: goes on with the next.
    void give_up(const std::string& why);

    /// Tells the user what the server has not said.
    void tell(std::string_view type, const std::string& message);

    /// The user wants to leave, or is made to.
    void quit(int code);

    [[nodiscard]] conversation& talk() { return talk_; }
    [[nodiscard]] bool leaving() const { return exit_code_.has_value(); }
    /// Pre: leaving.
    [[nodiscard]] int exit_code() const { return exit_code_.value(); }

private:
    static constexpr std::size_t most_ahead = 100;  // lines of a pipe read before their turn, ...
    static constexpr std::size_t most_lines = 1000; // ... and of a person

    /// Does something with the file of typed lines; without it from now on where that fails.
    void with_kept(const std::function<void()>& work);
    void take(std::optional<std::string> line);
    /// Returns: false where it has to wait, as too much does.
    bool say(std::string_view line);
    void obey(const command& wish);
    void ask(const nlohmann::json& message);
    /// Does what can be done now: lines in their order, each when its turn has come.
    void go_on();
    void show(const nlohmann::json& header, std::string_view text = {});
    void show_waiting();
    /// A pipe is told by its exit code that not all of it was done.
    void fail(const std::string& message);
    void refuse(const conversation::message& what, const std::string& why);

    const options& options_;
    asio::any_io_executor executor_;
    std::function<void()> quit_;
    screen screen_;
    tasks::alarm held_back_; // after too much was said
    bool is_held_back_ = false;
    conversation talk_;
    std::optional<typed_lines> kept_;
    std::deque<std::string> lines_; // typed, before their turn
    sender send_;                   // empty while we are in no room
    bool ended_ = false;            // the user's lines
    bool has_failed_ = false;       // something that was to be said or done
    bool knows_of_outage_ = false;  // the user, who has typed during this one
    std::optional<int> exit_code_;
};

} // namespace chat
