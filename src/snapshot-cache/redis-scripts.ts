import { createHash } from 'node:crypto'
import { FORMAT, HEADER_BYTES } from './seal.js'
import { AGE_SLACK_MS } from './shared-store.js'

/** A sealed copy is at most so large. A larger one would keep every replica reading, again and again, for as long as it is there. */
export const MOST_SEALED_BYTES = 32 * 1024 * 1024

/**
 * Every operation is one script, so it happens wholly or not at all. The keys share one hash tag, hence
 * one node of a cluster. Time is Redis's own; a fence is microseconds of it where nothing higher is known,
 * so that losing every key does not turn the order of copies round.
 *
 * Whoever can write to Redis may leave anything under these keys: wrong types, no expiry, absurd numbers.
 * The prelude reads all of those as "nothing there", and likewise a copy too large to be ours.
 */
const PRELUDE = `
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

-- What blocks others states for how long it does. Redis keeps the moment of a key's end, so a clock set back prolongs it.
local function block(key, ms, what)
  redis.call('SET', key, ms .. ' ' .. what, 'PX', ms)
end

-- milliseconds a key has left and what it says; a key that could block everybody for longer than we ever do is no key of ours
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
  local beyond = sane(SNAPSHOT, redis.pcall('GETRANGE', SNAPSHOT, ${MOST_SEALED_BYTES}, ${MOST_SEALED_BYTES})) or ''
  if beyond ~= '' then redis.call('DEL', SNAPSHOT) end
  return sane(SNAPSHOT, redis.pcall('GETRANGE', SNAPSHOT, 0, ${HEADER_BYTES - 1})) or ''
end

-- fence and birth as the entry states them, nil for what is not an entry
local function stated(head)
  if #head < ${HEADER_BYTES} or string.sub(head, 1, 3) ~= '${FORMAT}' then return nil end
  return tonumber(string.match(head, '^${FORMAT}(%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d)')),
    tonumber(string.match(head, '^(%d%d%d%d%d%d%d%d%d%d%d%d%d%d)', 20))
end

-- how large the copy is; STRLEN would be one more right that users need
local function size()
  local low, high = 0, ${MOST_SEALED_BYTES}
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

local function next_fence(known)
  return math.max(last_fence() + 1, now_us, known + 1)
end

local function exact(number)
  return string.format('%.0f', number)
end
`

const READ = `
header()
-- rounded up, so that no copy is made younger
local asked = math.ceil(now_us / 1000)
local bytes = size()
if bytes > tonumber(ARGV[1]) then return { asked, bytes } end
return { asked, sane(SNAPSHOT, redis.pcall('GET', SNAPSHOT)) }
`

const CLAIM = `
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
`

const PUBLISH = `
local fence, sealed, lifetime, fence_ms, channel, message = unpack(ARGV)
if last_fence() > tonumber(fence) then return 'deposed' end
redis.call('SET', SNAPSHOT, sealed, 'PX', lifetime)
redis.call('SET', FENCE, fence, 'PX', fence_ms)
redis.call('DEL', LEASE, BACKOFF, FAILURES)
redis.call('PUBLISH', channel, message)
return 'stored'
`

const FAIL = `
local fence, code, backoff_ms, failures, failures_ms, channel, message = unpack(ARGV)
if last_fence() > tonumber(fence) then return 'deposed' end
block(BACKOFF, backoff_ms, code)
redis.call('SET', FAILURES, failures, 'PX', failures_ms)
redis.call('DEL', LEASE)
redis.call('PUBLISH', channel, message)
return 'noted'
`

const RENEW = `
local owner, fence, lease_ms, fence_ms = unpack(ARGV)
if last_fence() > tonumber(fence) then return 0 end
-- a lease that ended with this very copy stays ended
if get(LEASE) == false and stated(header()) == tonumber(fence) then return 0 end
redis.call('SET', FENCE, fence, 'PX', fence_ms)
block(LEASE, lease_ms, owner .. ':' .. fence)
return 1
`

const RELEASE = `
local owner, fence, channel, message = unpack(ARGV)
if string.match(get(LEASE) or '', '^%d+ (.*)$') == owner .. ':' .. fence then
  redis.call('DEL', LEASE)
  redis.call('PUBLISH', channel, message)
end
return 1
`

/** Takes part in nothing and tries a write: a server that is full or read-only cannot coordinate. */
const CHECK = `
redis.call('SET', PROBE, '1', 'PX', 1000)
local fence = stated(header())
return { now, exact(next_fence(tonumber(ARGV[1]))), fence and exact(fence) or '' }
`

const OFFER = `
local origin, fence, at, sealed, lifetime, fence_ms, unusable, channel, message = unpack(ARGV)
local head = header()
local its_fence, its_at = stated(head)
if its_fence and its_at and head ~= unusable and its_at <= now + 5000 then
  if origin == 'own' and (its_fence >= tonumber(fence) or its_at > tonumber(at) + ${AGE_SLACK_MS}) then return 0 end
  if origin == 'foreign' and its_at >= tonumber(at) then return 0 end
end
if origin == 'foreign' and (left(LEASE, 60000) > 0 or last_fence() >= tonumber(fence)) then return 0 end
redis.call('SET', SNAPSHOT, sealed, 'PX', lifetime)
redis.call('SET', FENCE, exact(math.max(last_fence(), tonumber(fence))), 'PX', fence_ms)
redis.call('PUBLISH', channel, message)
return 1
`

export interface RedisScript {
  readonly source: string
  readonly sha1: string
}

function script(body: string): RedisScript {
  const source = PRELUDE + body
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}

export const redisScripts = {
  read: script(READ),
  claim: script(CLAIM),
  publish: script(PUBLISH),
  fail: script(FAIL),
  renew: script(RENEW),
  release: script(RELEASE),
  check: script(CHECK),
  offer: script(OFFER),
} as const

export type RedisOperation = keyof typeof redisScripts

/** Everything that one account's fleet uses in Redis. The prefix is the hash tag, and what an ACL pattern matches. */
export function redisNames(prefix: string, account: string) {
  const nameOf = (name: string): string => `{${prefix}}:${account}:${name}`
  return {
    /** The keys of every script, in the order the prelude names them. */
    keys: ['snapshot', 'lease', 'fence', 'backoff', 'failures', 'window', 'probe'].map(nameOf),
    channel: nameOf('events'),
  }
}
