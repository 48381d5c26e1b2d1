"""What lapses in Redis does so at a time of its clock. When that is set back, by an hour say, it is an hour late."""

from __future__ import annotations

HOLDS = """
local function holds(key, most_ms)
  local left = redis.call('pttl', key)
  return left >= 0 and left <= 2 * most_ms
end
"""
"""Whether what was set for `most_ms` still holds. A time left that is far longer was set before the clock went back, by
somebody who would have set it anew if they lived; far longer, because clocks are set back by milliseconds all the time.
"""
