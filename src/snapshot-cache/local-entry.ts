import type { Clock } from '../clock.js'
import { AGE_SLACK_MS, type Entry } from './shared-store.js'
import type { Copy } from './types.js'

export interface HeldEntry<T> extends Entry<T> {
  /** Only this process has it: its fence is unknown to the fleet, so only ages can be compared. */
  readonly unshared: boolean
}

/** The entry in this process's memory. Its age depends on the monotonic clock alone. */
export interface LocalEntry<T> {
  /** The copy that may be served now, otherwise null. */
  current(): Copy<T> | null
  /** The entry behind `current()`. */
  entry(): HeldEntry<T> | null
  /** The highest fence so far, 0 for none, even after the entry has expired. */
  fence(): number
  /** Replaces the entry if the new one is newer and not expired; returns whether it did. */
  acceptIfNewer(entry: HeldEntry<T>): boolean
  /** Whether the shared store has `entry`, and under which fence. No effect if the entry has been replaced since. */
  setSharing(entry: Entry<T>, shared: Pick<HeldEntry<T>, 'fence' | 'unshared'>): void
}

export function createLocalEntry<T>(options: { clock: Clock; ttlMs: number; staleMs: number }): LocalEntry<T> {
  const { clock, ttlMs } = options
  const lifetimeMs = ttlMs + options.staleMs
  let held: HeldEntry<T> | null = null
  let highestFence = 0

  const ageOf = (entry: Entry<T>): number => clock.monotonicMs() - entry.fetchedAt
  const unexpired = (): HeldEntry<T> | null => (held !== null && ageOf(held) < lifetimeMs ? held : null)
  const replace = (entry: HeldEntry<T>): void => {
    held = entry
    highestFence = Math.max(highestFence, entry.fence)
  }

  return {
    current() {
      const entry = unexpired()
      if (entry === null) return null
      const ageMs = ageOf(entry)
      return { value: entry.value, ageMs, freshness: ageMs < ttlMs ? 'fresh' : 'stale' }
    },
    entry: unexpired,
    fence: () => highestFence,
    acceptIfNewer(entry) {
      const mine = unexpired()
      if (ageOf(entry) >= lifetimeMs || (mine !== null && !isNewer(entry, mine))) return false
      replace(entry)
      return true
    },
    setSharing({ value }, shared) {
      if (held?.value === value) replace({ ...held, ...shared })
    },
  }
}

function isNewer(entry: Entry<unknown>, mine: HeldEntry<unknown>): boolean {
  const youngerByMs = entry.fetchedAt - mine.fetchedAt
  if (mine.unshared) return youngerByMs > 0
  // The same copy, which may seem younger after Redis's clock was set back.
  if (entry.fence === mine.fence) return false
  return Math.abs(youngerByMs) > AGE_SLACK_MS ? youngerByMs > 0 : entry.fence > mine.fence
}
