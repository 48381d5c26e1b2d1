"""What Redis does for `courier.index` in one go, so that a line and the sorted sets of its ids never disagree.

The sets are `<group>:<order>` behind the prefix ARGV[1]; a group is `all` or a state. `sort_name` in a line is its
member of the sets by name: the name in one form of all ways to write it, END, the id.
"""

from __future__ import annotations

END = "\x1f"
"""Between name and id: in order it comes before every character of a name."""

PUT = """
local room, id, line, state, name = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local old = redis.call('hget', KEYS[1], id)
if old then
  old = cjson.decode(old)
  for _, group in ipairs({'all', old.state}) do
    redis.call('zrem', room .. group .. ':uploaded_at', id)
    redis.call('zrem', room .. group .. ':duration_s', id)
    redis.call('zrem', room .. group .. ':name', old.sort_name)
  end
end
redis.call('hset', KEYS[1], id, line)
for _, group in ipairs({'all', state}) do
  redis.call('zadd', room .. group .. ':uploaded_at', ARGV[6], id)
  redis.call('zadd', room .. group .. ':duration_s', ARGV[7], id)
  redis.call('zadd', room .. group .. ':name', 0, name)
end
"""
REMOVE = """
local room, id = ARGV[1], ARGV[2]
local old = redis.call('hget', KEYS[1], id)
if not old then return end
old = cjson.decode(old)
for _, group in ipairs({'all', old.state}) do
  redis.call('zrem', room .. group .. ':uploaded_at', id)
  redis.call('zrem', room .. group .. ':duration_s', id)
  redis.call('zrem', room .. group .. ':name', old.sort_name)
end
redis.call('hdel', KEYS[1], id)
"""
FIND = """
local names = redis.call('zrangebylex', KEYS[1], ARGV[1], '+', 'limit', 0, ARGV[3])
local found = {names[#names] or ''}
for _, name in ipairs(names) do
  local finish = string.find(name, '\\31', 1, true)
  local at = string.find(name, ARGV[2], 1, true)
  if at and at < finish then found[#found + 1] = string.sub(name, finish + 1) end
end
return found
"""
