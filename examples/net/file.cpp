// SPDX-License-Identifier: MIT
// A file of any size, sent and received in pieces: file FROM TO
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iostream>
#include <stdexcept>
#include <string>

namespace net = framing::net;
using connection = net::connection<>;

asio::awaitable<void> send(connection& peer, std::string name) {
    const nlohmann::json header{{"type", "file"}, {"name", name}};
    co_await peer.write_head(header, std::filesystem::file_size(name));
    std::ifstream file(name, std::ios::binary);
    std::string piece(64 * 1024, '\0');
    do {
        file.read(piece.data(), std::streamsize(piece.size()));
        piece.resize(std::size_t(file.gcount()));
        co_await peer.write_body(piece); // throws where the file has grown
    } while (file);
}

asio::awaitable<void> receive(std::string where, std::string name) {
    connection server = co_await net::connect(where);
    const auto* const head = co_await server.read_head();
    if (head == nullptr) throw std::runtime_error("no file");
    std::cout << head->header.value("name", "?") << ": " << head->body_size << " bytes\n";
    std::ofstream file(name, std::ios::binary);
    for (auto piece = co_await server.read_body(); !piece.empty();
         piece = co_await server.read_body()) // throws where the file is cut short
        file << framing::as_text(piece);
}

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    asio::io_context io;
    net::server<> server(io.get_executor(), [&](connection& peer) { return send(peer, argv[1]); });
    asio::co_spawn(io, receive(server.listen("127.0.0.1:0"), argv[2]),
                   [&](auto) { server.stop(); });
    io.run();
}
