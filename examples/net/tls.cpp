// SPDX-License-Identifier: MIT
// TLS on both sides: tls FOLDER, where examples/make-certs.sh has made certificates.
#include <framing/net.hpp>
#include <framing/net/tls.hpp>

#include <nlohmann/json.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace net = framing::net;
using asio::ssl::context;
using connection = net::connection<net::tls_stream>;

asio::awaitable<void> echo(connection& peer) {
    while (const auto* frame = co_await peer.read())
        co_await peer.write(frame->header, frame->body);
}

asio::awaitable<void> talk(std::string where, context& trusted) try {
    connection server = co_await net::connect(where, trusted); // whose certificate it checks
    const nlohmann::json header{{"type", "chat"}};
    co_await server.write(header, "hello");
    if (const auto* answer = co_await server.read()) std::cout << answer->text() << '\n';
    co_await server.close();
} catch (const std::exception& error) {
    std::cout << error.what() << '\n';
}

int main(int argc, char** argv) {
    const std::string folder = argc == 2 ? argv[1] : ".";
    context ours(context::tls_server);
    ours.use_certificate_chain_file(folder + "/server.pem");
    ours.use_private_key_file(folder + "/server.key", context::pem);
    context trusted(context::tls_client);
    trusted.load_verify_file(folder + "/ca.pem"); // of the open internet: set_default_verify_paths
    asio::io_context io;
    net::server<net::tls_stream> server(io.get_executor(), echo, net::with_tls(ours));
    asio::co_spawn(io, talk(server.listen("127.0.0.1:0"), trusted), [&](auto) { server.stop(); });
    io.run();
}
