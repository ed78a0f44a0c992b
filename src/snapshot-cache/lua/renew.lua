local owner, fence, lease_ms, fence_ms = unpack(ARGV)
if last_fence() > tonumber(fence) then return 0 end
-- A lease that ended with this very copy is not renewed.
if get(LEASE) == false and stated(header()) == tonumber(fence) then return 0 end
redis.call('SET', FENCE, fence, 'PX', fence_ms)
block(LEASE, lease_ms, owner .. ':' .. fence)
return 1
