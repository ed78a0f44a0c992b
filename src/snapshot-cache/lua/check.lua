-- Includes a write: a server that is full or read-only cannot coordinate.
redis.call('SET', PROBE, '1', 'PX', 1000)
local fence = stated(header())
return { now, exact(next_fence(tonumber(ARGV[1]))), fence and exact(fence) or '' }
