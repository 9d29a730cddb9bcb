// SPDX-License-Identifier: MIT
#include <framing/net/address.hpp>
#include <framing/net/asio.hpp>
#include <framing/net/connect.hpp>
#include <framing/net/connection.hpp>
#include <framing/net/connection_options.hpp>
#include <framing/net/server.hpp>
#include <framing/net/server_options.hpp>
#include <framing/net/tls.hpp>

#include "../helpers/event_loop.hpp"
#include "../helpers/named_frames.hpp"

#include <asio/local/connect_pair.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/error.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using asio::redirect_error;
using asio::use_awaitable;
using framing::net::address;
using framing::net::stream_socket;
using helpers::json;
using helpers::loop;
using helpers::named;
using helpers::pause;
using helpers::shown;
using std::chrono::milliseconds;

using framing::net::tls_stream;
using tls_client = framing::net::connection<tls_stream>;
using tls_server = framing::net::server<tls_stream>;
using tls_options = framing::net::server_options<tls_stream>;

/// A certificate that has signed itself, and its key, in PEM.
struct identity {
    /// `subject_alt_names`: as OpenSSL writes them; empty for none.
    explicit identity(const char* subject_alt_names = "DNS:localhost,IP:127.0.0.2") {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"),
                                                                       EVP_PKEY_free);
        REQUIRE(pair);
        const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
        REQUIRE(made);
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
        X509_set_pubkey(made.get(), pair.get());
        const std::string name = "localhost";
        X509_NAME* const subject = X509_get_subject_name(made.get());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
        X509_set_issuer_name(made.get(), subject);
        if (*subject_alt_names != '\0') {
            const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> other_names(
                X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_alt_names),
                X509_EXTENSION_free);
            REQUIRE(other_names);
            X509_add_ext(made.get(), other_names.get(), -1);
        }
        REQUIRE(X509_sign(made.get(), pair.get(), EVP_sha256()) != 0);
        certificate = pem([&](BIO* to) { return PEM_write_bio_X509(to, made.get()); });
        key = pem([&](BIO* to) {
            return PEM_write_bio_PrivateKey(to, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }

    std::string certificate;
    std::string key;

private:
    static std::string pem(const std::function<int(BIO*)>& write) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), BIO_free);
        REQUIRE(write(to.get()) == 1);
        std::string text(std::size_t(BIO_pending(to.get())), '\0');
        REQUIRE(BIO_read(to.get(), text.data(), int(text.size())) == int(text.size()));
        return text;
    }
};

/// A server that echoes, and a context that trusts it.
struct tls_place {
    explicit tls_place(const identity& shown = identity()) : self(shown) {
        inside.use_certificate(asio::buffer(self.certificate), asio::ssl::context::pem);
        inside.use_private_key(asio::buffer(self.key), asio::ssl::context::pem);
        outside.add_certificate_authority(asio::buffer(self.certificate));
        outside.set_verify_mode(asio::ssl::verify_peer);
        tls_options options = framing::net::with_tls(inside);
        options.goodbye = named("goodbye");
        options.log = [this](framing::net::log_level, const std::string& line) { log += line; };
        host.emplace(
            io.executor(),
            [](tls_client& peer) -> asio::awaitable<void> {
                while (const auto* frame = co_await peer.read())
                    co_await peer.write(frame->header, frame->body);
            },
            options);
        door = host->listen(std::string_view("0.0.0.0:0"));
    }

    asio::awaitable<tls_client> dial(asio::ssl::context& context) {
        const address parsed = address::parse("127.0.0.1" + door.substr(door.rfind(':')));
        asio::awaitable<stream_socket> connecting = framing::net::connect(io.executor(), parsed);
        stream_socket socket = co_await std::move(connecting);
        tls_stream stream(std::move(socket), context);
        co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
        co_return tls_client(std::move(stream));
    }

    identity self;
    asio::ssl::context inside{asio::ssl::context::tls_server};
    asio::ssl::context outside{asio::ssl::context::tls_client};
    loop io;
    std::string log;
    std::optional<tls_server> host;
    std::string door;
};

/// Says things without an end, whatever is answered.
template <class Peer>
asio::awaitable<void> flood(Peer& peer, std::string bytes) {
    std::error_code error;
    while (!error)
        co_await asio::async_write(peer.stream(), asio::buffer(bytes),
                                   redirect_error(use_awaitable, error));
}

template <class Peer>
asio::awaitable<void> say_and_flood(Peer& peer, std::string bytes) {
    co_await asio::async_write(peer.stream(), asio::buffer(bytes), use_awaitable);
    co_await flood(peer, std::string(10'000, 'x'));
}

/// All that is answered, to the end; the end's error is the last.
template <class Peer>
asio::awaitable<helpers::names> hear_out(Peer& peer) {
    helpers::names heard;
    std::error_code error;
    while (const auto* frame = co_await peer.read(redirect_error(use_awaitable, error)))
        heard.push_back(shown(*frame));
    if (error) heard.push_back(error.message());
    co_return heard;
}

// More than the system holds for who is slow to read.
const std::string large(10'000, 'y');
const std::string greeting = helpers::wire("hello", large);

helpers::names hellos(std::size_t count) {
    return helpers::names(count, "hello:" + large);
}

/// A client of a server that echoes says 250 things, then something that is no frame, and goes on.
template <class Peer>
asio::awaitable<helpers::names> say_something_bad(Peer peer) {
    std::string bytes;
    for (int i = 0; i < 250; ++i) bytes += greeting;
    bytes += "no frame";
    std::optional<std::exception_ptr> ended;
    asio::co_spawn(peer.get_executor(), say_and_flood(peer, bytes),
                   [&](std::exception_ptr error) { ended = error; });
    co_await pause(milliseconds(30));
    const helpers::names heard = co_await hear_out(peer);
    peer.abort();
    while (!ended) co_await helpers::turns(1);
    co_return heard;
}

/// A client says things without an end, also while the server stops.
template <class Peer, class Host>
asio::awaitable<helpers::names> talk_on(Peer peer, Host& host) {
    std::optional<std::exception_ptr> ended;
    asio::co_spawn(peer.get_executor(), flood(peer, greeting),
                   [&](std::exception_ptr error) { ended = error; });
    for (int i = 0; i < 100; ++i) co_await peer.read();
    host.stop();
    const helpers::names heard = co_await hear_out(peer);
    peer.abort();
    while (!ended) co_await helpers::turns(1);
    co_return heard;
}

asio::awaitable<framing::net::connection<stream_socket>> dial_plainly(loop& io, std::string door) {
    const address parsed = address::parse(door);
    asio::awaitable<stream_socket> connecting = framing::net::connect(io.executor(), parsed);
    stream_socket socket = co_await std::move(connecting);
    co_return framing::net::connection<stream_socket>(std::move(socket));
}

/// The same server without TLS.
struct plain_place {
    explicit plain_place(std::string_view where) {
        framing::net::server_options<> options;
        options.goodbye = named("goodbye");
        host.emplace(
            io.executor(),
            [](framing::net::connection<stream_socket>& peer) -> asio::awaitable<void> {
                while (const auto* frame = co_await peer.read())
                    co_await peer.write(frame->header, frame->body);
            },
            options);
        door = host->listen(where);
    }

    loop io;
    std::optional<framing::net::server<>> host;
    std::string door;
};

} // namespace

TEST_CASE("who says something that is no frame hears all answers to what was one") {
    tls_place secret;
    secret.io.run([&]() -> asio::awaitable<void> {
        tls_client peer = co_await secret.dial(secret.outside);
        const helpers::names heard = co_await say_something_bad(std::move(peer));
        CHECK(heard == hellos(250));
    });
    for (const std::string_view where : {"127.0.0.1:0", "unix:talkative.socket"}) {
        CAPTURE(where);
        plain_place open(where);
        open.io.run([&]() -> asio::awaitable<void> {
            auto peer = co_await dial_plainly(open.io, open.door);
            const helpers::names heard = co_await say_something_bad(std::move(peer));
            CHECK(heard == hellos(250));
        });
    }
}

TEST_CASE("who talks on while a server stops hears all that it has to say") {
    const auto ends_well = [](const helpers::names& heard) {
        REQUIRE_FALSE(heard.empty());
        CHECK(heard.back() == "goodbye:");
        CHECK(std::count(heard.begin(), heard.end(), "hello:" + large) ==
              std::ptrdiff_t(heard.size()) - 1);
    };
    tls_place secret;
    secret.io.run([&]() -> asio::awaitable<void> {
        tls_client peer = co_await secret.dial(secret.outside);
        ends_well(co_await talk_on(std::move(peer), *secret.host));
    });
    for (const std::string_view where : {"127.0.0.1:0", "unix:talkative.socket"}) {
        CAPTURE(where);
        plain_place open(where);
        open.io.run([&]() -> asio::awaitable<void> {
            auto peer = co_await dial_plainly(open.io, open.door);
            ends_well(co_await talk_on(std::move(peer), *open.host));
        });
    }
}

TEST_CASE("frames go over TLS, and its end is clean on both sides") {
    tls_place p;
    p.io.run([&]() -> asio::awaitable<void> {
        tls_client peer = co_await p.dial(p.outside);
        const json header = named("hello");
        for (const std::size_t size : {0U, 1U, 20'000U, 3'000'000U}) {
            const std::string body(size, 'x');
            co_await peer.write(header, body);
            const auto* frame = co_await peer.read();
            CHECK(shown(*frame) == "hello:" + body);
        }
        co_await peer.close();
    });
    p.io.until([&] { return p.host->connections() == 0; });
    CHECK(p.log.find("hello") == p.log.npos);
    CHECK(p.log.find("truncated") == p.log.npos);
    CHECK(p.log.ends_with("disconnected"));
}

TEST_CASE("a client over TLS trusts who has a certificate for the name or address it was given") {
    tls_place p;
    tls_place unnamed{identity("")};                                  // but for its common name
    asio::ssl::context trusts_nobody(asio::ssl::context::tls_client); // and does not ask
    const auto fails = [](std::string where,
                          asio::ssl::context& context) -> asio::awaitable<std::string> {
        try {
            co_await framing::net::connect(where, context);
        } catch (const std::system_error& failure) {
            CHECK(failure.code().category() == asio::error::get_ssl_category());
            co_return failure.what();
        }
        co_return std::string();
    };
    const std::string port = p.door.substr(p.door.rfind(':'));
    p.io.run([&]() -> asio::awaitable<void> {
        for (const std::string host : {"localhost", "127.0.0.2"}) {
            tls_client peer = co_await framing::net::connect(host + port, p.outside);
            CHECK(peer.name() == host + port);
            const json header = named("hello");
            co_await peer.write(header);
            const auto* frame = co_await peer.read();
            CHECK(shown(*frame) == "hello:");
            co_await peer.close();
        }
        const std::string other_address = co_await fails("127.0.0.1" + port, p.outside);
        CHECK(other_address.starts_with("IP address mismatch: certificate verify failed"));
        const std::string nobody = co_await fails("localhost" + port, trusts_nobody);
        CHECK(nobody.starts_with("self-signed certificate: "));
    });
    unnamed.io.run([&]() -> asio::awaitable<void> {
        const std::string where = "localhost" + unnamed.door.substr(unnamed.door.rfind(':'));
        const std::string no_name = co_await fails(where, unnamed.outside);
        CHECK(no_name.starts_with("hostname mismatch: "));
    });
    tls_stream stream(stream_socket(p.io.executor()), p.outside);
    CHECK_THROWS_AS(framing::net::expect_host(stream, ""), std::system_error);
}

TEST_CASE("both sides of TLS send at once, in pieces and whole") {
    tls_place p;
    p.io.run([&]() -> asio::awaitable<void> {
        tls_client peer = co_await p.dial(p.outside);
        const json head = named("pieces");
        const json tick = named("tick");
        const std::string piece(10'000, 'x');
        for (int round = 0; round < 3; ++round) {
            co_await peer.write_head(head, 20 * piece.size());
            for (int i = 0; i < 20; ++i) {
                co_await peer.write_body(piece);
                CHECK_FALSE(peer.post(tick));
            }
        }
        std::size_t ticks = 0;
        for (int i = 0; i < 63; ++i) {
            const auto* found = co_await peer.read_head();
            std::size_t size = 0;
            if (found->header.at("name") == "tick") ++ticks;
            while (true) {
                const auto part = co_await peer.read_body();
                if (part.empty()) break;
                size += part.size();
            }
            CHECK((size == 0 || size == 20 * piece.size()));
        }
        CHECK(ticks == 60);
        co_await peer.close();
    });
}

TEST_CASE("TLS that ends without saying so is an error, between frames, too") {
    tls_place p;
    p.io.run([&]() -> asio::awaitable<void> {
        tls_client peer = co_await p.dial(p.outside);
        const json header = named("hello");
        co_await peer.write(header);
        co_await peer.read();
        peer.stream().lowest_layer().shutdown(asio::socket_base::shutdown_send);
        std::error_code error;
        while (!error && co_await peer.read(redirect_error(use_awaitable, error)) != nullptr) {
        }
        while (p.host->connections() != 0) co_await pause(milliseconds(1));
    });
    CHECK(p.log.find(make_error_code(asio::ssl::error::stream_truncated).message()) != p.log.npos);
}

TEST_CASE("a server that stops says goodbye over TLS, and ends it") {
    tls_place p;
    p.io.run([&]() -> asio::awaitable<void> {
        tls_client peer = co_await p.dial(p.outside);
        const json header = named("hello");
        co_await peer.write(header);
        co_await peer.read();
        p.host->stop();
        const auto* last = co_await peer.read();
        CHECK(shown(*last) == "goodbye:");
        const auto* end = co_await peer.read();
        CHECK(end == nullptr);
        co_await peer.close();
    });
    p.io.finish();
}

TEST_CASE("a handshake that fails ends that connection only") {
    tls_place p;
    const identity other;
    asio::ssl::context wary(asio::ssl::context::tls_client);
    wary.add_certificate_authority(asio::buffer(other.certificate));
    wary.set_verify_mode(asio::ssl::verify_peer);
    p.io.run([&]() -> asio::awaitable<void> {
        bool refused = false;
        try {
            co_await p.dial(wary);
        } catch (const std::system_error&) {
            refused = true;
        }
        CHECK(refused);
        while (p.host->connections() != 0) co_await pause(milliseconds(1));
        tls_client peer = co_await p.dial(p.outside);
        const json header = named("hello");
        co_await peer.write(header);
        const auto* frame = co_await peer.read();
        CHECK(shown(*frame) == "hello:");
        peer.abort();
        std::error_code error;
        co_await peer.close(redirect_error(use_awaitable, error));
    });
}

TEST_CASE("closing TLS takes a bounded time when the peer says nothing") {
    loop io;
    const identity self;
    asio::ssl::context inside(asio::ssl::context::tls_server);
    inside.use_certificate(asio::buffer(self.certificate), asio::ssl::context::pem);
    inside.use_private_key(asio::buffer(self.key), asio::ssl::context::pem);
    asio::ssl::context outside(asio::ssl::context::tls_client);
    asio::local::stream_protocol::socket a(io.executor());
    asio::local::stream_protocol::socket b(io.executor());
    asio::local::connect_pair(a, b);
    tls_stream ours(stream_socket(std::move(a)), inside);
    tls_stream theirs(stream_socket(std::move(b)), outside);
    io.run([&]() -> asio::awaitable<void> {
        std::optional<std::error_code> shaken;
        theirs.async_handshake(asio::ssl::stream_base::client,
                               [&](std::error_code error) { shaken = error; });
        co_await ours.async_handshake(asio::ssl::stream_base::server, use_awaitable);
        while (!shaken) co_await helpers::turns(1);
        framing::net::connection_options options;
        options.linger_time = milliseconds(30);
        tls_client peer(std::move(ours), options);
        CHECK_FALSE(peer.post(named("bye")));
        std::error_code error;
        co_await peer.close(redirect_error(use_awaitable, error));
        CHECK_FALSE(error);
    });
}
