// SPDX-License-Identifier: MIT
#pragma once

#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>

#ifndef _WIN32
#include <sys/socket.h>
#include <sys/stat.h>
#endif

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace framing::inline v0::net {

/// Looks a server's own address up. Blocks while it does.
///
/// Returns: all that a name stands for, as localhost does for ::1 and 127.0.0.1, each once.
///
/// Throws: system_error if it is none; std::bad_alloc.
[[nodiscard]] inline std::vector<stream_endpoint> resolve_local(const address& where) {
    if (where.is_unix()) return {asio::local::stream_protocol::endpoint(where.path)};
    asio::io_context io;
    asio::ip::tcp::resolver resolver(io);
    std::vector<stream_endpoint> result;
    for (const auto& each :
         resolver.resolve(where.host, where.port, asio::ip::resolver_base::passive))
        if (std::ranges::find(result, stream_endpoint(each.endpoint())) == result.end())
            result.push_back(each.endpoint());
    return result;
}

/// A socket that listens, and goes on doing so when descriptors or memory run out. One listener
/// belongs on one thread.
class listener {
public:
    /// Listens from now on. A Unix-domain socket is for its owner alone; a socket file that an
    /// earlier server left behind is replaced, anything else at that path is not.
    ///
    /// `v6_only`: at `::`, leave IPv4 to others. `shares_port`: let others of the same user who say
    /// so, too, listen there.
    ///
    /// Throws: system_error, which is operation_not_supported where ports cannot be shared;
    /// std::bad_alloc.
    listener(const asio::any_io_executor& executor, const stream_endpoint& endpoint,
             bool v6_only = false, bool shares_port = false)
        : acceptor_(executor), spare_(executor), pause_(executor) {
        if (is_unix(endpoint)) remove_stale_socket(endpoint);
        acceptor_.open(endpoint.protocol());
        take_port();
        if (endpoint.protocol().family() == asio::ip::tcp::v6().family())
            acceptor_.set_option(asio::ip::v6_only(v6_only)); // whatever the system prefers
        if (shares_port) share_port();
        // Else one that is gone again would hold up those behind it.
        acceptor_.set_option(asio::socket_base::enable_connection_aborted(true));
        acceptor_.bind(endpoint);
        if (is_unix(endpoint)) {
            path_ = to_path(endpoint);
            file_ = file_at(path_);
            // Nobody can connect before it listens.
            std::filesystem::permissions(path_, std::filesystem::perms::owner_read |
                                                    std::filesystem::perms::owner_write);
        }
        acceptor_.listen();
        acceptor_.non_blocking(true);
        reserve();
    }
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    /// Closes it.
    ~listener() { close(); }

    /// Where it listens, with the port that the system took for port 0. Throws: system_error once
    /// it is closed.
    [[nodiscard]] stream_endpoint endpoint() const { return acceptor_.local_endpoint(); }
    /// Whether it has not been closed. Throws: nothing.
    [[nodiscard]] bool is_open() const { return acceptor_.is_open(); }

    /// Waits for the next connection, when awaited, one at a time. `socket`, `peer` and the
    /// listener have to live until it is over, as it is soon after `close`.
    ///
    /// Returns: success; or why there was none, and then the next call may be made at once: where
    /// the machine has run out of something, this one has waited for it a while, and has turned the
    /// connection away, so that its client need not wait, too.
    ///
    /// Throws: when awaited, std::bad_alloc; system_error, when cancelled.
    asio::awaitable<error_code> accept(stream_socket& socket, stream_endpoint& peer) {
        error_code error = asio::error::would_block;
        if (taken_++ != most_at_once) acceptor_.accept(socket, peer, error);
        if (error == asio::error::would_block) {
            socket = co_await acceptor_.async_accept(
                peer, asio::redirect_error(asio::use_awaitable, error));
            taken_ = 0;
        }
        if (error == asio::error::no_descriptors && take_or_turn_away(socket, peer)) error = {};
        if (!error) {
            error_code ignored; // a Unix-domain socket has no such option
            socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        } else if (acceptor_.is_open() && error != asio::error::connection_aborted) {
            co_await pause();
            if (acceptor_.is_open()) reserve();
        }
        co_return error;
    }

    /// Gives the machine time to get something back that it has run out of: 100 ms, or until
    /// `close`, when awaited. Cancelled, it ends. Throws: std::bad_alloc.
    asio::awaitable<void> pause() {
        pause_.expires_after(std::chrono::milliseconds(100));
        error_code cancelled;
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }

    /// Listens no more, ends what waits, and takes the file of a Unix-domain socket away, if it is
    /// still this one's. Throws: nothing.
    void close() {
        // First the file, as long as nobody else can have taken its place.
        std::error_code missing;
        if (file_ && file_ == file_at(path_)) std::filesystem::remove(path_, missing);
        file_.reset();
        error_code ignored;
        acceptor_.close(ignored);
        spare_.close(ignored);
        pause_.cancel();
    }

private:
    /// A crowd should not have to wait, one by one, for all that the first of them cause.
    static constexpr std::size_t most_at_once = 64;

    /// For us alone, also where connections of an earlier server linger.
    void take_port() {
#ifdef _WIN32 // where reuse_address lets others in
        const int on = 1;
        ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                     reinterpret_cast<const char*>(&on), sizeof on);
#else
        acceptor_.set_option(asio::socket_base::reuse_address(true));
#endif
    }

    void share_port() {
#ifdef SO_REUSEPORT
        const int on = 1;
        if (::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
            throw system_error(error_code(errno, asio::error::get_system_category()));
#else
        throw system_error(asio::error::operation_not_supported);
#endif
    }

    /// A descriptor to give up when there are no others.
    void reserve() {
        error_code ignored;
        if (!spare_.is_open()) spare_.open(asio::ip::udp::v4(), ignored);
    }

    /// Takes the next connection in place of the spare one, to close it unless there are
    /// descriptors again. Returns: whether there are, and it is taken.
    bool take_or_turn_away(stream_socket& socket, stream_endpoint& peer) {
        error_code error;
        spare_.close(error);
        acceptor_.accept(socket, peer, error);
        reserve();
        if (!error && !spare_.is_open()) socket.close(error);
        return socket.is_open();
    }

    /// A file's device and inode.
    using file_id = std::pair<std::uint64_t, std::uint64_t>;

    /// Which file is at a path; nothing where there is none.
    static std::optional<file_id> file_at(const std::filesystem::path& path) {
#ifdef _WIN32
        std::error_code missing;
        if (!std::filesystem::exists(path, missing)) return std::nullopt;
        return file_id();
#else
        struct stat found {};
        if (::lstat(path.c_str(), &found) != 0) return std::nullopt;
        return file_id(found.st_dev, found.st_ino);
#endif
    }

    /// Takes a socket file away that nobody listens on.
    void remove_stale_socket(const stream_endpoint& endpoint) {
        const std::string path = to_path(endpoint);
        std::error_code missing;
        if (!std::filesystem::is_socket(path, missing)) return;
        stream_socket probe(acceptor_.get_executor(), endpoint.protocol());
        error_code error;
        probe.connect(endpoint, error);
        if (error == asio::error::connection_refused) std::filesystem::remove(path, missing);
    }

    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
    asio::ip::udp::socket spare_;
    asio::steady_timer pause_;
    std::size_t taken_ = most_at_once; // since the last wait
    std::filesystem::path path_;       // of a Unix-domain socket
    std::optional<file_id> file_;      // that was made there
};

} // namespace framing::inline v0::net
