// SPDX-License-Identifier: MIT
// Shows what TCP does to messages, and the cure: the same ten messages through a real TCP
// connection, with bare send and recv, and as frames.
//
//   sticky_packets
#include <framing/framing.hpp>

#include "sticky_packets/connection.hpp"
#include "support/colour.hpp"
#include "support/command_line.hpp"
#include "support/hex.hpp"
#include "support/program.hpp"

#include <array>
#include <cstddef>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

const std::vector<std::string> messages = {
    "hello",        "how are you?", "fine",          "and you?",       "great",
    "lunch at 12?", "ok",           "see you there", "bring a friend", "bye"};

/// What one recv takes at most: small, so that a few short messages show what many would.
constexpr std::size_t buffer_size = 32;

std::string paint(std::string_view text, std::string_view colour) {
    if (!in_colour()) return std::string(text);
    return "\x1b[" + std::string(colour) + "m" + std::string(text) + "\x1b[0m";
}

/// Bytes as they are, where they can be seen, and in hexadecimal where not.
std::string draw(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned char>(byte);
        if (value >= 0x20 && value < 0x7f)
            text += static_cast<char>(value);
        else
            text += '<' + to_hex({&value, 1}) + '>';
    }
    return text;
}

void show_recv(std::size_t number, std::span<const std::byte> bytes) {
    std::cout << "  recv " << (number < 10 ? " " : "") << number << ": "
              << (bytes.size() < 10 ? " " : "") << bytes.size() << " bytes  |"
              << paint(draw(bytes), "36") << "|\n";
}

void title(std::string_view text) {
    std::cout << '\n' << paint(text, "1") << '\n';
}

/// Calls send for each, then recv until the end: what a receiver finds that was busy meanwhile.
/// Returns: how many calls of recv that took.
template <class OnPiece>
std::size_t transfer(const std::vector<std::string>& sent, OnPiece on_piece) {
    connection tcp;
    for (const std::string& bytes : sent) tcp.send(bytes);
    tcp.end_sending();
    std::array<std::byte, buffer_size> buffer{};
    std::size_t number = 0;
    while (const std::size_t size = tcp.receive(buffer)) {
        const auto piece = std::span(buffer).first(size);
        show_recv(++number, piece);
        on_piece(piece);
    }
    return number;
}

void bare() {
    title("1. Ten messages, ten calls of send, and then recv:");
    std::size_t whole = 0;
    const std::size_t pieces = transfer(messages, [&](std::span<const std::byte> piece) {
        for (const std::string& message : messages)
            if (framing::as_text(piece) == message) ++whole;
    });
    std::cout
        << "  " << messages.size() << " messages went out, " << pieces << " pieces came in, and "
        << whole << " of the pieces are messages.\n"
        << "  TCP carries a stream of bytes. It merges what was sent apart and splits what was "
           "sent together,\n"
           "  and nothing in the bytes says where a message ends: the sticky packet.\n";
}

bool framed() {
    title("2. The same ten as frames: 4 bytes of length, a header that gives the body's size, the "
          "body:");
    framing::encoder<> encoder;
    std::vector<std::string> frames;
    for (const std::string& message : messages)
        if (const auto error = encoder.encode({{"type", "chat"}}, message, frames.emplace_back()))
            throw std::system_error(error);

    framing::reassembler<> incoming;
    std::vector<std::string> received;
    transfer(frames, [&](std::span<const std::byte> piece) {
        for (const auto& frame : incoming.feed(piece)) {
            received.emplace_back(frame.text());
            std::cout << "      " << paint("=> a whole message: ", "32")
                      << paint(frame.text(), "1;32") << '\n';
        }
    });
    if (const framing::fault& fault = incoming.finish()) throw std::runtime_error(fault.message());
    std::cout << "  The pieces are as bad as before, and " << received.size()
              << " messages came out, each one whole, in order.\n";
    return received == messages;
}

int show() {
    std::cout << "What TCP does to messages. The receiver's buffer holds " << buffer_size
              << " bytes; the connection is real.\n";
    bare();
    const bool same = framed();
    title("3. The cure is five lines:");
    std::cout
        << "  framing::reassembler<> incoming;                       // one for each connection\n"
           "  while (auto size = recv(...))\n"
           "      for (const auto& frame : incoming.feed(bytes_just_received))\n"
           "          handle(frame.header, frame.body);                // whole, however it was "
           "cut\n"
           "  if (incoming.finish()) complain(incoming.error().message());\n";
    return same ? program::done : program::failed;
}

} // namespace

int main(int argc, char** argv) {
    command_line line("sticky_packets",
                      "Shows the sticky packets of TCP, and the cure, in one run.");
    line.add_example("sticky_packets", "see it");
    line.add_example("sticky_packets | less -R", "see it page by page");
    return line.run(argc, argv, show);
}
