// SPDX-License-Identifier: MIT
#include "support/transport.hpp"

#include <framing/byte_view.hpp>

#include <array>
#include <new>
#include <span>

struct transport::translation {
    static constexpr std::size_t block_size = 64 * 1024;

    std::unique_ptr<dialect> to_and_fro;
    std::array<std::byte, block_size> block; // of the peer's bytes
    std::string frames;                      // what they meant
    std::size_t heard = 0;                   // of those
    std::string bytes;                       // to the peer
    std::size_t said = 0;                    // of those
    std::size_t meant = 0;                   // bytes of frames that they are
    std::error_code fault;
};

void transport::forget::operator()(translation* done) const {
    delete done;
}

void transport::translate(std::unique_ptr<dialect> dialect) {
    translation_.reset(new translation{std::move(dialect), {}, {}, 0, {}, 0, 0, {}});
}

asio::awaitable<std::size_t> transport::hear(asio::mutable_buffer room) {
    translation& peer = *translation_;
    while (peer.heard == peer.frames.size()) {
        peer.frames.clear();
        peer.heard = 0;
        if (peer.fault) throw std::system_error(peer.fault);
        if (peer.to_and_fro->is_over()) throw std::system_error(asio::error::eof);
        const asio::mutable_buffer block = asio::buffer(peer.block);
        std::error_code end;
        std::size_t size = 0;
        if (tls_)
            size = co_await tls_->async_read_some(block,
                                                  asio::redirect_error(asio::use_awaitable, end));
        else
            size = co_await plain_->async_read_some(block,
                                                    asio::redirect_error(asio::use_awaitable, end));
        if (end == asio::error::eof)
            if (const auto gone = peer.to_and_fro->end()) end = gone;
        if (end) throw std::system_error(end);
        peer.fault = peer.to_and_fro->hear(std::span(peer.block).first(size), peer.frames);
    }
    const std::size_t size = room.size();
    const std::size_t copied =
        asio::buffer_copy(room, asio::buffer(peer.frames) + peer.heard, size);
    peer.heard += copied;
    co_return copied;
}

/// Where only some has left, that is nothing of the frames yet: they are offered again.
asio::awaitable<std::size_t> transport::say(std::string frames) {
    translation& peer = *translation_;
    if (peer.bytes.empty()) {
        peer.to_and_fro->say(framing::byte_view(frames).bytes(), peer.bytes);
        peer.meant = frames.size();
    }
    if (!peer.bytes.empty()) {
        const asio::const_buffer rest = asio::buffer(peer.bytes) + peer.said;
        if (tls_)
            peer.said += co_await tls_->async_write_some(rest, asio::use_awaitable);
        else
            peer.said += co_await plain_->async_write_some(rest, asio::use_awaitable);
    }
    if (peer.said < peer.bytes.size()) co_return 0;
    peer.bytes = std::string();
    peer.said = 0;
    std::error_code ignored; // who is gone already has to go no more
    if (peer.to_and_fro->is_over())
        lowest_layer().shutdown(asio::socket_base::shutdown_receive, ignored);
    co_return peer.meant;
}

std::error_code transport::code_of(const std::exception_ptr& failure) {
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::system_error& error) {
        return error.code();
    } catch (const std::bad_alloc&) {
        return std::make_error_code(std::errc::not_enough_memory);
    }
    return {};
}
