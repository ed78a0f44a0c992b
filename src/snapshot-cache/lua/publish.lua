local fence, _, sealed, lifetime, fence_ms, channel = unpack(ARGV)
if last_fence() > tonumber(fence) then return 'superseded' end
redis.call('SET', SNAPSHOT, sealed, 'PX', lifetime)
redis.call('SET', FENCE, fence, 'PX', fence_ms)
redis.call('DEL', LEASE, BACKOFF, FAILURES)
redis.call('PUBLISH', channel, 'published ' .. fence)
return 'stored'
