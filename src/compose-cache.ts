import { createHmac } from 'node:crypto'
import type { Clock } from './clock.js'
import type { Config, FinAuthConfig } from './config/config.js'
import type { FaceGroup } from './face-groups/face-group.js'
import { GroupListBuilder } from './face-groups/group-list-builder.js'
import type { GroupList } from './face-groups/group-list.js'
import { createSnapshot, type Snapshot } from './face-groups/snapshot.js'
import { decodeSnapshot, encodeSnapshot } from './face-groups/snapshot-codec.js'
import { inTurns } from './face-groups/steps.js'
import type { FinAuthClient } from './finauth/client.js'
import { FinAuthError } from './finauth/errors.js'
import { createRedisStore } from './snapshot-cache/redis-store.js'
import { createSnapshotCache } from './snapshot-cache/snapshot-cache.js'
import type { RefreshFailure, SnapshotCache, SnapshotCacheEvents } from './snapshot-cache/types.js'

export interface CacheParts {
  readonly finauth: FinAuthClient
  readonly events: SnapshotCacheEvents
  readonly clock: Clock
  /** Told of an error nobody foresaw: a fault of ours, not the vendor's. */
  readonly onUnexpectedError: (error: unknown) => void
}

/** The cache of the list: where snapshots come from, how they travel between replicas, and for how long they hold. */
export function composeCache(
  config: Config,
  { finauth, events, clock, onUnexpectedError }: CacheParts,
): SnapshotCache<Snapshot> {
  const { ttlMs, staleMs, backoffMs, encryptionKey: key } = config.cache
  // Where a refresh changed nothing, the answers made from the snapshot before live on.
  let latest: Snapshot | null = null
  const codec = {
    encode: encodeSnapshot,
    decode: async (pieces: readonly Buffer[]) => (latest = await inTurns(decodeSnapshot(pieces, latest))),
  }
  return createSnapshotCache({
    async origin(signal, sent) {
      const list = await finauth.listGroups(signal)
      sent(list.sentAtMs)
      const groups = toGroupList(list.faceGroups, latest?.groups ?? null)
      const { requestId: upstreamRequestId } = list
      latest = await inTurns(createSnapshot({ groups, upstreamRequestId, previous: latest }))
      return latest
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
 * Names the vendor's account in Redis without showing its key: an HMAC of base URL and primary API key under the primary secret, in
 * 22 characters. Running on the standby pair changes nothing. Throws where a secret's file cannot be read.
 */
export function accountOf({ baseUrl, primary }: Pick<FinAuthConfig, 'baseUrl' | 'primary'>): string {
  return createHmac('sha256', primary.apiSecret.reveal())
    .update(JSON.stringify(['face-groups account', baseUrl, primary.apiKey.reveal()]))
    .digest('base64url')
    .slice(0, 22)
}

function toGroupList(faceGroups: readonly FaceGroup[], before: GroupList | null): GroupList {
  const list = new GroupListBuilder(before)
  for (const { createdAt, ...group } of faceGroups) {
    list.add({ ...group, createdAtMs: createdAt === null ? null : Date.parse(createdAt) })
  }
  return list.finish()
}

/** A failure of the vendor's as the fleet passes it on: its code and how long to wait, nothing of its text. */
function classify(error: unknown): RefreshFailure {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return { code: 'upstream_timeout', patience: 'short' }
  if (!(error instanceof FinAuthError)) return { code: 'internal', patience: 'long' }
  const { code, retryable, retryAfterMs } = error
  return { code, patience: retryable ? 'short' : 'long', ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
