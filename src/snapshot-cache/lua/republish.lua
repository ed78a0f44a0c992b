local fence, at, sealed, lifetime, fence_ms, channel, fencing, unusable = unpack(ARGV)
local head = header()
local its_fence, its_at = stated(head)
if its_fence and its_at and head ~= unusable and its_at <= now + 5000 then
  if fencing == 'same-fence' and (its_fence >= tonumber(fence) or its_at > tonumber(at) + AGE_SLACK_MS) then
    return 'kept'
  end
  if fencing == 'new-fence' and its_at >= tonumber(at) then return 'kept' end
end
if fencing == 'new-fence' and (left(LEASE, 60000) > 0 or last_fence() >= tonumber(fence)) then return 'kept' end
redis.call('SET', SNAPSHOT, sealed, 'PX', lifetime)
redis.call('SET', FENCE, exact(math.max(last_fence(), tonumber(fence))), 'PX', fence_ms)
redis.call('PUBLISH', channel, 'published ' .. fence)
return 'stored'
