// SPDX-License-Identifier: MIT
#pragma once

/// What Redis does in one step: either all of it or nothing has happened, whoever is killed.
///
/// Each of them writes by one command at most. What writes by two is kept as a transaction in the
/// file of a Redis with `appendonly yes`; killed while it writes that, it may leave a half there
/// that goes on with whatever is written next, and is done at the start after the next (mended in
/// Valkey in 2026: https://github.com/valkey-io/valkey/pull/4342). A key whose time is over counts:
/// what meets it deletes it, so it is met by a command of its own before.
namespace chat::redis_scripts {

/// Lets a server in by a connection: what comes by its earlier ones is not taken any more.
/// KEYS: the server. ARGV: the connection's name, seconds.
inline constexpr const char* enter = R"(
    if redis.call('GET', KEYS[1]) == 'gone' then return 'gone' end
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
    return 'in')";

/// Adds events at the end, unless their server has come by another connection, or is gone, or the
/// log has lost entries that have happened there.
/// KEYS: the log, the server. ARGV: the connection's name, the server's, the number of the last
/// event, their frames, the last entry that has happened.
inline constexpr const char* add = R"(
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'gone' end
    local number = 1
    if redis.call('EXISTS', KEYS[1]) == 1 then
        local log = redis.call('XINFO', 'STREAM', KEYS[1])
        for i = 1, #log, 2 do
            if log[i] == 'last-generated-id' then number = log[i + 1]:match('^%d+') + 1 end
        end
    end
    if number <= tonumber(ARGV[5]) then return 'lost' end
    local time = redis.call('TIME')
    redis.call('XADD', KEYS[1], string.format('%d-0', number),
               'time', string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000)),
               'server', ARGV[2], 'last', ARGV[3], 'frames', ARGV[4])
    return 'added')";

/// Prolongs the lease of a server that was not given up.
/// KEYS: the server, its lease. ARGV: the lease in milliseconds.
inline constexpr const char* renew = R"(
    local connection = redis.call('GET', KEYS[1])
    if not connection or connection == 'gone' then return 'gone' end
    redis.call('SET', KEYS[2], 1, 'PX', ARGV[1])
    return 'alive')";

/// Gives a server without a lease up: nothing comes from it any more.
/// KEYS: the server, its lease. ARGV: seconds.
inline constexpr const char* give_up = R"(
    if redis.call('EXISTS', KEYS[2]) == 1 then return 'alive' end
    redis.call('SET', KEYS[1], 'gone', 'EX', ARGV[1])
    return 'gone')";

/// Saves the rooms as they are after an entry of the log, unless another server has saved them
/// since. Returns: the number of the entry after which they are saved now.
/// KEYS: the rooms. ARGV: the entry after which they were saved last, this one's number, the rooms.
inline constexpr const char* save = R"(
    local last = redis.call('HMGET', KEYS[1], 'number', 'rooms')
    if (last[1] or '0') ~= ARGV[1] then return last[1] end
    if last[1] then
        redis.call('HSET', KEYS[1], 'old_number', last[1], 'old_rooms', last[2],
                   'number', ARGV[2], 'rooms', ARGV[3])
    else
        redis.call('HSET', KEYS[1], 'number', ARGV[2], 'rooms', ARGV[3])
    end
    return ARGV[2])";

/// Forgets saved rooms whose log is no more: one without the entry after which they were saved.
/// KEYS: the rooms, the log.
inline constexpr const char* forget = R"(
    local saved = redis.call('HGET', KEYS[1], 'number')
    local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    if saved and (not last or tonumber(last[1]:match('^%d+')) < tonumber(saved)) then
        redis.call('DEL', KEYS[1])
    end)";

} // namespace chat::redis_scripts
