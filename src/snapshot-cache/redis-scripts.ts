import { createHash } from 'node:crypto'
import { lua } from './lua.generated.js'
import { FORMAT, HEADER_BYTES } from './seal.js'
import { AGE_SLACK_MS, type StoreEvent } from './shared-store.js'

/** The largest sealed copy. A larger one would make every replica read again and again while it is there. */
export const MAX_SEALED_BYTES = 32 * 1024 * 1024

const CONSTANTS = `local MAX_SEALED_BYTES, HEADER_BYTES, FORMAT, AGE_SLACK_MS =
  ${MAX_SEALED_BYTES}, ${HEADER_BYTES}, '${FORMAT}', ${AGE_SLACK_MS}
`

export type RedisOperation = Exclude<keyof typeof lua, 'prelude'>

/** The script of one operation of the store, from the files in `lua`. */
export function redisScript(operation: RedisOperation) {
  const source = CONSTANTS + lua.prelude + lua[operation]
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}

/** The names one account's fleet uses in Redis. The prefix is the hash tag, and what an ACL pattern matches. */
export function redisNames(prefix: string, account: string) {
  const nameOf = (name: string): string => `{${prefix}}:${account}:${name}`
  return {
    /** The keys of every script, in the order of `prelude.lua`. One hash tag keeps them on one node of a cluster. */
    keys: ['snapshot', 'lease', 'fence', 'backoff', 'failures', 'window', 'probe'].map(nameOf),
    channel: nameOf('events'),
  }
}

/** The event that a message from another replica announces, or null for one that is not ours. It only causes a read. */
export function parseStoreMessage(message: string): StoreEvent | null {
  if (message === 'ended') return { type: 'ended' }
  const fence = /^published (\d{1,16})$/.exec(message)?.[1]
  return fence === undefined ? null : { type: 'published', fence: Number(fence) }
}

/** A failure's code as read from Redis, `unknown` if it cannot be one. */
export function failureCode(text: string): string {
  return /^[a-z0-9_]{1,40}$/.test(text) ? text : 'unknown'
}
