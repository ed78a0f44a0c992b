-- Every operation is one script, so it is atomic. Time is Redis's own.
--
-- Other clients may write anything to these keys: wrong types, no expiry, absurd numbers. All of those count as
-- absent, and so does a snapshot that is too large.
local SNAPSHOT, LEASE, FENCE, BACKOFF, FAILURES, WINDOW, PROBE =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)

local function sane(key, reply)
  if type(reply) == 'table' and reply.err then
    redis.call('DEL', key)
    return false
  end
  return reply
end

local function get(key)
  return sane(key, redis.pcall('GET', key))
end

-- A key that blocks others contains its duration. Redis stores the time of expiry, so a clock set back extends it.
local function block(key, ms, what)
  redis.call('SET', key, ms .. ' ' .. what, 'PX', ms)
end

-- Milliseconds left of a blocking key, and its content. Deletes a key that blocks for longer than `most`.
local function left(key, most)
  local value = get(key)
  if value == false then return 0 end
  local stated, what = string.match(value, '^(%d+) (.*)$')
  local limit, ms = tonumber(stated), redis.call('PTTL', key)
  if not limit or limit < 1 or limit > most or ms == -1 then
    redis.call('DEL', key)
    return 0
  end
  if ms > limit then
    block(key, limit, what)
    ms = limit
  end
  return math.max(ms, 0), what
end

local function header()
  local beyond = sane(SNAPSHOT, redis.pcall('GETRANGE', SNAPSHOT, MAX_SEALED_BYTES, MAX_SEALED_BYTES)) or ''
  if beyond ~= '' then redis.call('DEL', SNAPSHOT) end
  return sane(SNAPSHOT, redis.pcall('GETRANGE', SNAPSHOT, 0, HEADER_BYTES - 1)) or ''
end

-- Fence and time of fetching from a header; nil if it is not one.
local function stated(head)
  if #head < HEADER_BYTES or string.sub(head, 1, 3) ~= FORMAT then return nil end
  return tonumber(string.match(head, '^(%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d)', 4)),
    tonumber(string.match(head, '^(%d%d%d%d%d%d%d%d%d%d%d%d%d%d)', 20))
end

-- Size of the snapshot in bytes. By bisection, because STRLEN would need another ACL permission.
local function size()
  local low, high = 0, MAX_SEALED_BYTES
  while low < high do
    local middle = math.floor((low + high) / 2)
    if (sane(SNAPSHOT, redis.pcall('GETRANGE', SNAPSHOT, middle, middle)) or '') ~= '' then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

local function last_fence()
  local fence = tonumber(get(FENCE) or '') or 0
  if fence ~= fence or fence > now_us + 86400000000 then return 0 end
  return fence
end

-- Microseconds of Redis time unless a higher fence is known, so that fences increase even after Redis has lost all keys.
local function next_fence(known)
  return math.max(last_fence() + 1, now_us, known + 1)
end

local function exact(number)
  return string.format('%.0f', number)
end
