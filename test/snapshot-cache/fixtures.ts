import { type Clock, systemClock } from '../../src/clock.js'
import { fixedSecret, type Secret } from '../../src/secret.js'
import { createMemoryStore } from './memory-store.js'
import type { RedisConnectionOptions } from '../../src/snapshot-cache/redis-connection.js'
import { createRedisStore } from '../../src/snapshot-cache/redis-store.js'
import type { ClaimRequest, SharedStore } from '../../src/snapshot-cache/shared-store.js'
import { createSnapshotCache } from '../../src/snapshot-cache/snapshot-cache.js'
import type {
  RefreshFailure,
  SnapshotCache,
  SnapshotCacheEvents,
  SnapshotCacheOptions,
} from '../../src/snapshot-cache/types.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import { killableStore } from './killable-store.js'

export interface RecordedEvents extends SnapshotCacheEvents {
  readonly outcomes: string[]
  readonly storeStates: { readonly up: boolean; readonly reason: string }[]
  readonly operations: { readonly operation: string; readonly outcome: string; readonly durationMs: number }[]
  readonly unusable: string[]
}

/** Records the reported events. */
export function recordEvents(): RecordedEvents {
  const outcomes: string[] = []
  const storeStates: { up: boolean; reason: string }[] = []
  const operations: { operation: string; outcome: string; durationMs: number }[] = []
  const unusable: string[] = []
  return {
    outcomes,
    storeStates,
    operations,
    unusable,
    refreshed: (outcome) => void outcomes.push(outcome),
    storeChanged: (up, reason) => void storeStates.push({ up, reason }),
    storeOperation: (operation, outcome, durationMs) => void operations.push({ operation, outcome, durationMs }),
    unusableEntry: (reason) => void unusable.push(reason),
  }
}

/** A failure of the scripted origin. */
class OriginError extends Error {
  override readonly name = 'OriginError'
  readonly failure: RefreshFailure

  constructor(failure: RefreshFailure) {
    super('secret text of the origin')
    this.failure = failure
  }
}

export interface ScriptedOrigin {
  /** Increases: the value identifies the call that returned it. */
  readonly ask: (signal: AbortSignal, sent: (atMs: number) => void) => Promise<number>
  readonly classify: (error: unknown) => RefreshFailure
  calls(): number
  /** From now on every call fails. */
  failWith(code: string, failure?: Partial<RefreshFailure>): void
  succeed(): void
  /** From now on calls stay open until `answer()`. */
  hold(): void
  answer(): void
}

/** An origin whose behaviour the test sets; answers immediately by default. */
export function scriptedOrigin(): ScriptedOrigin {
  let calls = 0
  let failure: RefreshFailure | null = null
  let gate: { readonly open: Promise<void>; readonly answer: () => void } | null = null

  return {
    async ask() {
      calls += 1
      const mine = calls
      await gate?.open
      if (failure !== null) throw new OriginError(failure)
      return mine
    },
    classify(error) {
      if (error instanceof OriginError) return error.failure
      return { code: (error as Error).name === 'TimeoutError' ? 'timeout' : 'bug', retryable: true }
    },
    calls: () => calls,
    failWith(code, more = {}) {
      failure = { code, retryable: true, ...more }
    },
    succeed() {
      failure = null
    },
    hold() {
      let answer = (): void => {}
      const open = new Promise<void>((resolve) => {
        answer = resolve
      })
      gate = { open, answer }
    },
    answer() {
      gate?.answer()
      gate = null
    },
  }
}

/**
 * A store of JSON values over a real Redis. A command may take ten seconds, so that a busy machine does not look like a
 * Redis that is down; tests of a hanging Redis set the production limit.
 */
export function openStore<T = string>({
  url = '',
  key = fixedSecret('an encryption key of the tests'),
  account = () => 'account',
  events = recordEvents(),
  clock = systemClock,
  ...redis
}: Partial<RedisConnectionOptions> & {
  url?: string
  keyPrefix: string
  key?: Secret
  account?: () => string
  events?: RecordedEvents
  clock?: Clock
}): SharedStore<T> {
  return createRedisStore<T>({
    redis: { topology: { kind: 'standalone', url: fixedSecret(url) }, commandTimeoutMs: 10_000, ...redis },
    account,
    key,
    clock,
    codec: {
      encode: async (value) => Buffer.from(JSON.stringify({ value })),
      async decode(bytes) {
        const decoded: unknown = JSON.parse(bytes.toString())
        if (typeof decoded !== 'object' || decoded === null || !('value' in decoded)) throw new Error('no value')
        return decoded.value as T
      },
    },
    events,
  })
}

export interface TestCache {
  readonly cache: SnapshotCache<number>
  readonly origin: ScriptedOrigin
  readonly events: RecordedEvents
}

/** A cache as composed for production, except for its origin and the test's options. Times in milliseconds. */
export function testCache({
  origin = scriptedOrigin(),
  events = recordEvents(),
  store = null,
  ...options
}: {
  clock?: Clock
  store?: SharedStore<number> | null
  origin?: ScriptedOrigin
  events?: RecordedEvents
} & Partial<Omit<SnapshotCacheOptions<number>, 'origin' | 'events'>> = {}): TestCache {
  const cache = createSnapshotCache<number>({
    async origin(signal) {
      let sentAtMs: number | undefined
      const sent = (atMs: number): void => {
        sentAtMs = atMs
      }
      return { value: await origin.ask(signal, sent), sentAtMs }
    },
    classify: origin.classify,
    ttlMs: 60_000,
    staleMs: 86_400_000,
    backoffMs: 5_000,
    attemptTimeoutMs: 5_000,
    deadlineMs: 12_000,
    random: () => 0.5,
    ...options,
    store,
    events,
  })
  return { cache, origin, events }
}

/** The same with a fake clock, after its start has completed. */
export async function startedCache(options: Parameters<typeof testCache>[0] = {}) {
  const clock = createFakeClock()
  const made = testCache({ clock, ...options })
  await made.cache.start()
  await settle()
  return { clock, ...made }
}

/** Two replicas with one fake clock, each with its own connection to the shared store. */
export async function fleetOfTwo(options: Parameters<typeof testCache>[0] = {}) {
  const clock = createFakeClock()
  const inner = createMemoryStore<number>({ clock })
  const replica = () => {
    const line = killableStore(inner)
    return { ...testCache({ clock, store: line.store, origin: scriptedOrigin(), ...options }), line }
  }
  const [first, second] = [replica(), replica()]
  // The values of the second differ from those of the first.
  for (let n = 0; n < 10; n += 1) await second.origin.ask(new AbortController().signal, () => {})
  const callsOfSecond = () => second.origin.calls() - 10
  return { clock, inner, first, second, callsOfSecond }
}

/** The error that the promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error)
}

/** The claim of a replica without a copy. */
export const sampleClaim: ClaimRequest = {
  owner: 'one',
  leaseMs: 2_000,
  ttlMs: 30_000,
  windowMs: 1_000,
  demand: 'if-stale',
  knownFence: 0,
}
