"""What Redis does for `courier.breakers` in one go, by its own clock: those of the hosts need not agree.

A flow has a hash only while something is wrong with it: `failures` in a row; `until` when it stays open; `probe`, whose
call is one, and `probe_until` when it is waited for. Times are in milliseconds. One further ahead than it was ever set
is of a clock that was set back since, and over.
"""

from __future__ import annotations

_CLOCK = """
local now = redis.call('time')
now = now[1] * 1000 + math.floor(now[2] / 1000)
"""
_STATE_OF = """
local function is_ahead(key, field, most_ms)
  local time = tonumber(redis.call('hget', key, field)) or 0
  return now < time and time <= now + most_ms
end
local function state_of(key, open_ms)
  if redis.call('hexists', key, 'until') == 0 then return 'closed' end
  return is_ahead(key, 'until', open_ms) and 'open' or 'half_open'
end
"""
ASK = f"""{_CLOCK}{_STATE_OF}
local flow, token, open_ms, probe_ms, kept_ms, most = unpack(ARGV)
redis.call('zadd', KEYS[2], now, flow)
redis.call('zremrangebyrank', KEYS[2], 0, -1 - most)
redis.call('pexpire', KEYS[2], kept_ms)
local state = state_of(KEYS[1], open_ms)
if state == 'closed' then return 1 end
if state == 'open' then return 0 end
if is_ahead(KEYS[1], 'probe_until', probe_ms) then return 0 end
redis.call('hset', KEYS[1], 'probe', token, 'probe_until', now + probe_ms)
return 1
"""
SUCCEEDED = """
local was_open = redis.call('hexists', KEYS[1], 'until')
redis.call('del', KEYS[1])
return was_open
"""
FAILED = f"""{_CLOCK}
local token, at_once, opens_after, open_ms, kept_ms = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3]), ARGV[4], ARGV[5]
local was_open = redis.call('hexists', KEYS[1], 'until') == 1
if was_open and redis.call('hget', KEYS[1], 'probe') ~= token then return 0 end
local failures = redis.call('hincrby', KEYS[1], 'failures', 1)
redis.call('pexpire', KEYS[1], kept_ms)
if not was_open and not at_once and failures < opens_after then return 0 end
redis.call('hset', KEYS[1], 'until', now + open_ms)
redis.call('hdel', KEYS[1], 'probe', 'probe_until')
return was_open and 0 or 1
"""
WITHDRAW = """
if redis.call('hget', KEYS[1], 'probe') == ARGV[1] then redis.call('hdel', KEYS[1], 'probe', 'probe_until') end
"""
STATE = f"""{_CLOCK}{_STATE_OF}
return state_of(KEYS[1], ARGV[1])
"""
STATES = f"""{_CLOCK}{_STATE_OF}
local states = {{}}
for _, flow in ipairs(redis.call('zrangebyscore', KEYS[1], now - ARGV[3], '+inf')) do
  states[#states + 1] = flow
  states[#states + 1] = state_of(ARGV[1] .. flow, ARGV[2])
end
return states
"""
