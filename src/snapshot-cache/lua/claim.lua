local owner, lease_ms, ttl, window, demand, known, unusable, fence_ms =
  ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8]
if demand == 'if-stale' then
  local head = header()
  local fence, at = stated(head)
  if fence and at and head ~= unusable then
    local age = math.max(now - at, 0)
    if at <= now + 5000 and age < ttl then return { 'fresh', ttl - age } end
  end
end
if demand == 'forced' then
  local ms = left(WINDOW, 3600000)
  if ms > 0 then return { 'recent', ms } end
end
local ms, what = left(LEASE, 60000)
if ms > 0 then return { 'held', ms, string.match(what, ':(%d+)$') or '0' } end
if demand == 'forced-again' then
  ms = left(WINDOW, 3600000)
  if ms > 0 then return { 'recent', ms } end
end
ms, what = left(BACKOFF, 3600000)
if ms > 0 then return { 'backoff', ms, what } end
local fence = exact(next_fence(known))
block(LEASE, lease_ms, owner .. ':' .. fence)
redis.call('SET', FENCE, fence, 'PX', fence_ms)
if demand ~= 'if-stale' then block(WINDOW, window, 'forced') end
return { 'granted', fence, now, tonumber(get(FAILURES) or '') or 0 }
