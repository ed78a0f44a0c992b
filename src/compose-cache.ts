import { createHmac } from 'node:crypto'
import type { Clock } from './clock.js'
import type { Config, FinAuthConfig } from './config/config.js'
import { isTimeoutError } from './deadline.js'
import { createSnapshot, type Snapshot } from './face-groups/snapshot.js'
import { decodeSnapshot, encodeSnapshot } from './face-groups/snapshot-codec.js'
import type { FinAuthClient } from './finauth/client.js'
import { FinAuthError } from './finauth/errors.js'
import { createRedisStore } from './snapshot-cache/redis-store.js'
import { createSnapshotCache } from './snapshot-cache/snapshot-cache.js'
import type { RefreshFailure, SnapshotCache, SnapshotCacheEvents } from './snapshot-cache/types.js'

export interface CacheParts {
  readonly finauth: FinAuthClient
  readonly events: SnapshotCacheEvents
  readonly clock: Clock
  /** Called with an unexpected error: a bug of this service, not a failure of the vendor. */
  readonly onUnexpectedError: (error: unknown) => void
}

/** Composes the snapshot cache: its origin, its shared store and its lifetimes. */
export function composeCache(
  config: Config,
  { finauth, events, clock, onUnexpectedError }: CacheParts,
): SnapshotCache<Snapshot> {
  const { ttlMs, staleMs, backoffMs, encryptionKey: key } = config.cache
  // If a refresh changed nothing, the pages rendered from the previous snapshot are kept.
  let latest: Snapshot | null = null
  const codec = {
    encode: encodeSnapshot,
    decode: async (bytes: Buffer) => (latest = await decodeSnapshot(bytes, latest)),
  }
  return createSnapshotCache({
    async origin(signal) {
      const { faceGroups: groups, requestId, sentAtMs } = await finauth.listGroups(signal)
      latest = await createSnapshot({ groups, upstreamRequestId: requestId }, latest)
      return { value: latest, sentAtMs }
    },
    classify(error) {
      const failure = classify(error)
      if (failure.code === 'internal') onUnexpectedError(error)
      return failure
    },
    ttlMs,
    staleMs,
    backoffMs,
    attemptTimeoutMs: config.finauth.timeoutMs,
    deadlineMs: config.finauth.deadlineMs,
    store:
      config.redis &&
      createRedisStore({ redis: config.redis, account: () => accountOf(config.finauth), key, codec, events, clock }),
    clock,
    events,
  })
}

/**
 * Identifies the vendor account in Redis without revealing its key: an HMAC of base URL and primary API key under the
 * primary secret, 22 characters long. It does not change while the standby pair is in use. Throws if a secret's file
 * cannot be read.
 */
export function accountOf({ baseUrl, primary }: Pick<FinAuthConfig, 'baseUrl' | 'primary'>): string {
  return createHmac('sha256', primary.apiSecret.reveal())
    .update(JSON.stringify(['face-groups account', baseUrl, primary.apiKey.reveal()]))
    .digest('base64url')
    .slice(0, 22)
}

/** What other replicas learn about a vendor failure: its code and how long to wait, none of its text. */
function classify(error: unknown): RefreshFailure {
  if (isTimeoutError(error)) return { code: 'upstream_timeout', retryable: true }
  if (!(error instanceof FinAuthError)) return { code: 'internal', retryable: false }
  const { code, retryable, retryAfterMs } = error
  return { code, retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
