// SPDX-License-Identifier: MIT
#include "support/tls.hpp"

#include "support/tls_keys.hpp"
#include "support/transport.hpp"

#include <stdexcept>
#include <utility>

namespace tls {
namespace {

[[noreturn]] void refuse() {
    throw std::invalid_argument("this program was built without TLS: leave the --tls options out");
}

} // namespace

std::string parse_pin(std::string_view) {
    refuse();
}

context make_context(const server_files&) {
    refuse();
}

context make_context(const client_files&) {
    refuse();
}

transport make_stream(framing::net::stream_socket socket, context& context, const client_files&,
                      const std::string&) {
    return {std::move(socket), context};
}

asio::awaitable<void> shake_hands(transport&, side, std::error_code&) {
    co_return;
}

std::string_view refused_certificate(transport&) {
    return {};
}

asio::awaitable<void> end_sending(transport&) {
    co_return;
}

bool is_own(const std::error_code&) {
    return false;
}

bool is_plain(const std::error_code&) {
    return false;
}

bool is_cut_off(const std::error_code&) {
    return false;
}

asio::awaitable<void> answer_plain(transport&) {
    co_return;
}

bool is_record(const framing::fault&) {
    return false;
}

std::string peer_name(transport&) {
    return {};
}

std::string key_file() {
    return {};
}

} // namespace tls
