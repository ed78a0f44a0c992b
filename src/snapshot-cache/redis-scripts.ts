import { createHash } from 'node:crypto'
import * as lua from './lua.generated.js'
import { FORMAT, HEADER_BYTES } from './seal.js'
import { AGE_SLACK_MS, type StoreEvent } from './shared-store.js'

/** The largest sealed copy. A larger one would make every replica read again and again while it is there. */
export const MAX_SEALED_BYTES = 32 * 1024 * 1024

const CONSTANTS = `local MAX_SEALED_BYTES, HEADER_BYTES, FORMAT, AGE_SLACK_MS =
  ${MAX_SEALED_BYTES}, ${HEADER_BYTES}, '${FORMAT}', ${AGE_SLACK_MS}
`

function script(body: string) {
  const source = CONSTANTS + lua.prelude + body
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}

/** The store's operations, from the files in `lua`. */
export const redisScripts = {
  read: script(lua.read),
  claim: script(lua.claim),
  publish: script(lua.publish),
  fail: script(lua.fail),
  renew: script(lua.renew),
  release: script(lua.release),
  check: script(lua.check),
  republish: script(lua.republish),
} as const

export type RedisOperation = keyof typeof redisScripts

/** The names one account's fleet uses in Redis. The prefix is the hash tag, and what an ACL pattern matches. */
export function redisNames(prefix: string, account: string) {
  const nameOf = (name: string): string => `{${prefix}}:${account}:${name}`
  return {
    /** The keys of every script, in the order of `prelude.lua`. One hash tag keeps them on one node of a cluster. */
    keys: ['snapshot', 'lease', 'fence', 'backoff', 'failures', 'window', 'probe'].map(nameOf),
    channel: nameOf('events'),
  }
}

type Announcement = Extract<StoreEvent, { type: 'published' | 'ended' }>

/** The message to other replicas. Anyone who can publish can forge one: it only causes a read. */
export function storeMessage(event: Announcement): string {
  return event.type === 'published' ? `published ${event.fence}` : 'ended'
}

/** Null for a message that is not ours. */
export function parseStoreMessage(message: string): Announcement | null {
  if (message === 'ended') return { type: 'ended' }
  const fence = /^published (\d{1,16})$/.exec(message)?.[1]
  return fence === undefined ? null : { type: 'published', fence: Number(fence) }
}

/** A failure's code as read from Redis, `unknown` if it cannot be one. */
export function failureCode(text: string): string {
  return /^[a-z0-9_]{1,40}$/.test(text) ? text : 'unknown'
}
