import { createRedisStore } from '../../src/snapshot-cache/redis-store.js'
import type { RedisConnectionOptions } from '../../src/snapshot-cache/redis-connection.js'
import type { SharedStore } from '../../src/snapshot-cache/shared-store.js'
import { fixedSecret, type Secret } from '../../src/secret.js'
import { recordEvents, type RecordedEvents } from './record-events.js'

/**
 * A store of JSON values over a real Redis. A command may take ten seconds, so that a busy machine is not taken for a
 * Redis that is down; tests of a Redis that hangs set the limit of production.
 */
export function openStore<T = string>({
  url = '',
  key = fixedSecret('a sealing key of the tests'),
  events = recordEvents(),
  ...redis
}: Partial<RedisConnectionOptions> & {
  url?: string
  keyPrefix: string
  key?: Secret
  events?: RecordedEvents
}): SharedStore<T> {
  return createRedisStore<T>({
    redis: { topology: { kind: 'standalone', url: fixedSecret(url) }, commandTimeoutMs: 10_000, ...redis },
    key,
    codec: {
      encode: (value) => [Buffer.from(JSON.stringify({ value }))],
      async decode(pieces) {
        const decoded: unknown = JSON.parse(Buffer.concat(pieces).toString())
        if (typeof decoded !== 'object' || decoded === null || !('value' in decoded)) throw new Error('no value')
        return decoded.value as T
      },
    },
    events,
  })
}
