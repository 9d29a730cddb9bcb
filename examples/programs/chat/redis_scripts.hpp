// SPDX-License-Identifier: MIT
#pragma once

/// What Redis does in one step: either all of it or nothing has happened, whoever is killed.
namespace chat::redis_scripts {

/// Adds an event, whose number the server has given it, once.
inline constexpr const char* add = R"(
    local last = redis.call('GET', KEYS[3])
    if not last or last == 'gone' then return 'gone' end
    if tonumber(ARGV[1]) <= tonumber(last) then return 'again' end
    local time = redis.call('TIME')
    local number = redis.call('INCR', KEYS[2])
    redis.call('XADD', KEYS[1], number .. '-0',
               'time', string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000)),
               'frame', ARGV[2])
    redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[3])
    return 'added')";

/// Prolongs the lease of a server that was not given up.
inline constexpr const char* renew = R"(
    local last = redis.call('GET', KEYS[1])
    if not last or last == 'gone' then return 'gone' end
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    redis.call('SET', KEYS[2], 1, 'PX', ARGV[1])
    return 'alive')";

/// Gives a server without a lease up, once, and adds the event that says so.
inline constexpr const char* give_up = R"(
    if redis.call('EXISTS', KEYS[4]) == 1 or redis.call('GET', KEYS[3]) == 'gone' then return 0 end
    local time = redis.call('TIME')
    local number = redis.call('INCR', KEYS[2])
    redis.call('XADD', KEYS[1], number .. '-0',
               'time', string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000)),
               'frame', ARGV[1])
    redis.call('SET', KEYS[3], 'gone', 'EX', ARGV[2])
    return 1)";

/// Saves the rooms after an event, unless another server has, and drops the events before the last
/// time they were saved: what comes later is history to servers that start.
inline constexpr const char* save = R"(
    local last = redis.call('HMGET', KEYS[2], 'number', 'rooms')
    if last[1] and tonumber(ARGV[1]) < tonumber(last[1]) + tonumber(ARGV[3]) then return 0 end
    if last[1] then
        redis.call('HSET', KEYS[2], 'old_number', last[1], 'old_rooms', last[2])
        redis.call('XTRIM', KEYS[1], 'MINID', last[1] .. '-0')
    end
    redis.call('HSET', KEYS[2], 'number', ARGV[1], 'rooms', ARGV[2])
    return 1)";

} // namespace chat::redis_scripts
