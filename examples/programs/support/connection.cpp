// SPDX-License-Identifier: MIT
#include "support/connection.hpp"

#include <framing/net/address.hpp>

#include "support/transport.hpp"

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using nlohmann::json;

connection::connection(framed& frames) : frames_(&frames, [](framed*) {}) {
    std::error_code gone;
    const auto endpoint = frames.stream().lowest_layer().remote_endpoint(gone);
    if (!gone) network_ = framing::net::network_of(endpoint);
}

awaitable<connection::frame*> connection::read() {
    return frames_->read();
}
awaitable<connection::frame*> connection::read(std::error_code& error) {
    return frames_->read(redirect_error(use_awaitable, error));
}
awaitable<connection::frame_head*> connection::read_head() {
    return frames_->read_head();
}
awaitable<std::span<const std::byte>> connection::read_body() {
    return frames_->read_body();
}
connection::frame_head* connection::try_read_head() {
    return frames_->try_read_head();
}
std::optional<std::span<const std::byte>> connection::try_read_body() {
    return frames_->try_read_body();
}

awaitable<void> connection::write(const json& header, framing::byte_view body) {
    return frames_->write(header, body);
}
awaitable<void> connection::write(const json& header, framing::byte_view body,
                                  std::error_code& error) {
    return frames_->write(header, body, redirect_error(use_awaitable, error));
}
awaitable<void> connection::room() {
    return frames_->room();
}
awaitable<void> connection::room(std::error_code& error) {
    return frames_->room(redirect_error(use_awaitable, error));
}
bool connection::has_room() const {
    return frames_->has_room();
}
std::error_code connection::post(const json& header, framing::byte_view body) {
    return frames_->post(header, body);
}
std::error_code connection::post(const framing::shared_frames& frames) {
    return frames_->post(frames);
}
std::size_t connection::queued() const {
    return frames_->queued();
}

void connection::authenticated() {
    frames_->authenticated();
}
void connection::stop() {
    frames_->stop();
}
bool connection::stopped() const {
    return frames_->stopped();
}
awaitable<void> connection::close() {
    return frames_->close();
}
awaitable<void> connection::close(std::error_code& error) {
    return frames_->close(redirect_error(use_awaitable, error));
}
void connection::abort() {
    frames_->abort();
}
void connection::abort(std::error_code why) {
    frames_->abort(why);
}

transport& connection::stream() {
    return frames_->stream();
}
asio::any_io_executor connection::get_executor() {
    return frames_->get_executor();
}
const std::string& connection::name() const {
    return frames_->name();
}
std::error_code connection::failure() const {
    return frames_->failure();
}
const framing::fault& connection::error() const {
    return frames_->error();
}
