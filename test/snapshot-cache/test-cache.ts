import type { Clock } from '../../src/clock.js'
import type { SharedStore } from '../../src/snapshot-cache/shared-store.js'
import { createSnapshotCache, type SnapshotCacheOptions } from '../../src/snapshot-cache/snapshot-cache.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import type { SnapshotCache } from '../../src/snapshot-cache/types.js'
import { type RecordedEvents, recordEvents } from './record-events.js'
import { type ScriptedOrigin, scriptedOrigin } from './scripted-origin.js'

export interface TestCache {
  readonly cache: SnapshotCache<number>
  readonly origin: ScriptedOrigin
  readonly events: RecordedEvents
}

/** A cache as composed for production, but for its origin and whatever the test says. Times in milliseconds. */
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
    origin: origin.ask,
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

/** The same by a fake clock, once its start has run its course. */
export async function startedCache(options: Parameters<typeof testCache>[0] = {}) {
  const clock = createFakeClock()
  const made = testCache({ clock, ...options })
  await made.cache.start()
  await settle()
  return { clock, ...made }
}
