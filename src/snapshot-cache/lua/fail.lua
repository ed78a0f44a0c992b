local fence, code, backoff_ms, failures, failures_ms, channel = unpack(ARGV)
if last_fence() > tonumber(fence) then return 'superseded' end
block(BACKOFF, backoff_ms, code)
redis.call('SET', FAILURES, failures, 'PX', failures_ms)
redis.call('DEL', LEASE)
redis.call('PUBLISH', channel, 'ended')
return 'recorded'
