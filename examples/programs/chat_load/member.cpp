// SPDX-License-Identifier: MIT
#include "chat_load/member.hpp"

#include <utility>

namespace chat_load {

void member::stall() {
    stalled_ = true;
    std::error_code ignored; // it only takes longer then
    socket_.set_option(asio::socket_base::receive_buffer_size(0), ignored); // the least there is
}

void member::leave() {
    audience_ = nullptr;
    std::error_code ignored;
    socket_.close(ignored);
}

void member::send(std::string_view frames) {
    if (has_left()) return;
    waiting_ += frames;
    if (std::exchange(writing_, true)) return;
    // What else is sent until then leaves in the same write.
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
}

void member::receive() {
    const auto free = incoming_.prepare(room);
    socket_.async_read_some(asio::buffer(free.data(), free.size()),
                            [self = shared_from_this()](std::error_code error, std::size_t size) {
                                self->received(error, size);
                            });
}

void member::received(std::error_code error, std::size_t size) {
    if (has_left()) return;
    if (error) return end(error == asio::error::eof ? "the server closed" : error.message());
    audience_->woken();
    for (const auto& frame : incoming_.commit(size)) {
        audience_->heard(*this, frame.header, frame.body.size());
        if (has_left()) return;
    }
    if (incoming_.error()) return end(incoming_.error().message());
    if (!stalled_) receive();
}

void member::write() {
    writing_ = true;
    std::swap(waiting_, leaving_);
    asio::async_write(socket_, asio::buffer(leaving_),
                      [self = shared_from_this()](std::error_code error, std::size_t) {
                          self->writing_ = false;
                          self->leaving_.clear();
                          if (error) return self->end(error.message());
                          if (!self->waiting_.empty()) self->write();
                      });
}

void member::end(const std::string& why) {
    audience* const those = audience_;
    leave();
    if (those != nullptr) those->lost(*this, why);
}

} // namespace chat_load
