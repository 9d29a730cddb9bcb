// SPDX-License-Identifier: MIT
// What g++ 12 would destroy twice: it is to say so of each.
#include <framing/net.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace net = framing::net;

struct order {
    std::uint64_t number = 0;
    std::string what;
};
template <>
struct framing::header_traits<order>
    : framing::members<order, framing::member<"what", &order::what>> {};

struct mark {
    int number = 0;
};
template <>
struct framing::header_traits<mark>
    : framing::members<mark, framing::member<"number", &mark::number>> {};

asio::awaitable<void> talk(std::string where) {
    const net::connection_options options;
    auto patient = co_await net::connect<order>(where, options);
    auto hasty = co_await net::connect<order>(where, net::connection_options{});
    const order tea{7, "tea"};
    co_await patient.write(tea);
    co_await hasty.write(order{7, "tea"});
    co_await hasty.write_head(order{7, "tea"}, 1);
    auto marks = co_await net::connect<mark>(where);
    co_await marks.write(mark{7}); // which may be destroyed as often as it likes
    auto trees = co_await net::connect(where);
    co_await trees.write(nlohmann::json::object());
}
