// SPDX-License-Identifier: MIT
#include "support/connection.hpp"

#include <framing/encoder.hpp>
#include <framing/limits.hpp>
#include <framing/net/address.hpp>
#include <framing/nlohmann.hpp>
#include <framing/wire.hpp>

#include "support/statistics.hpp"
#include "support/transport.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using framing::header_view;
using nlohmann::json;

namespace {

/// A header as it is sent.
struct header_text {
    header_text(const json& header, std::uint64_t body_size) {
        framing::encoder<> encoder;
        error = encoder.encode_head(header, body_size, head);
        framing::fault none;
        if (!error)
            view = *header_view::parse(std::string_view(head).substr(framing::prefix_size),
                                       framing::limits(), none);
    }
    header_text(const header_text&) = delete;
    header_text& operator=(const header_text&) = delete;

    std::string head; // with its prefix
    header_view view; // of that
    std::error_code error;
};

void count_in(const header_view& header, std::uint64_t body_size) {
    ++counted().frames_in;
    counted().bytes_in += framing::prefix_size + header.text().size() + body_size;
}

void count_out(const header_view& header, std::uint64_t body_size) {
    ++counted().frames_out;
    counted().bytes_out += framing::prefix_size + header.text().size() + body_size;
}

} // namespace

connection::connection(framed& frames) : frames_(&frames, [](framed*) {}) {
    std::error_code gone;
    const auto endpoint = frames.stream().lowest_layer().remote_endpoint(gone);
    if (!gone) network_ = framing::net::network_of(endpoint);
}

awaitable<connection::frame*> connection::read() {
    frame* const one = co_await frames_->read();
    if (one != nullptr) count_in(one->header, one->body.size());
    co_return one;
}
awaitable<connection::frame*> connection::read(std::error_code& error) {
    frame* const one = co_await frames_->read(redirect_error(use_awaitable, error));
    if (one != nullptr) count_in(one->header, one->body.size());
    co_return one;
}
awaitable<connection::frame_head*> connection::read_head() {
    frame_head* const head = co_await frames_->read_head();
    if (head != nullptr) count_in(head->header, head->body_size);
    co_return head;
}
awaitable<std::size_t> connection::read_body_into(std::span<std::byte> room) {
    return frames_->read_body_into(room);
}

awaitable<std::span<const std::byte>> connection::read_body() {
    return frames_->read_body();
}
connection::frame_head* connection::try_read_head() {
    frame_head* const head = frames_->try_read_head();
    if (head != nullptr) count_in(head->header, head->body_size);
    return head;
}
std::optional<std::span<const std::byte>> connection::try_read_body() {
    return frames_->try_read_body();
}

awaitable<void> connection::write(const json& header, framing::byte_view body) {
    const header_text text(header, body.size());
    if (text.error) throw std::system_error(text.error);
    count_out(text.view, body.size());
    co_await frames_->write(text.view, body);
}
awaitable<void> connection::write(const json& header, framing::byte_view body,
                                  std::error_code& error) {
    const header_text text(header, body.size());
    error = text.error;
    if (error) co_return;
    count_out(text.view, body.size());
    co_await frames_->write(text.view, body, redirect_error(use_awaitable, error));
}
awaitable<void> connection::write(const header_view& header, framing::byte_view body) {
    count_out(header, body.size());
    return frames_->write(header, body);
}
awaitable<void> connection::write_head(const json& header, std::uint64_t body_size) {
    const header_text text(header, body_size);
    if (text.error) throw std::system_error(text.error);
    count_out(text.view, body_size);
    co_await frames_->write_head(text.view, body_size);
}
awaitable<void> connection::write_head(const header_view& header, std::uint64_t body_size) {
    count_out(header, body_size);
    return frames_->write_head(header, body_size);
}
awaitable<void> connection::write_body(framing::byte_view piece) {
    return frames_->write_body(piece);
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
    const header_text text(header, body.size());
    const std::error_code error = text.error ? text.error : frames_->post(text.view, body);
    if (!error) count_out(text.view, body.size());
    return error;
}
std::error_code connection::post(const framing::shared_frames& frames) {
    const std::error_code error = frames_->post(frames);
    if (error) return error;
    ++counted().frames_out;
    counted().bytes_out += frames.bytes.size();
    return error;
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
