import type { Clock } from '../clock.js'
import { AGE_SLACK_MS, type Entry } from './shared-store.js'
import type { Copy } from './types.js'

export interface HeldEntry<T> extends Entry<T> {
  /** Its fence was issued by this process alone, so only its birth can be compared with the fleet's copies. */
  readonly local: boolean
}

export interface HeldCopy<T> {
  /** What may be served now, else null. */
  current(): Copy<T> | null
  /** The entry behind `current()`. */
  entry(): HeldEntry<T> | null
  /** The highest fence ever held, 0 for none: it outlives the copy. */
  fence(): number
  /** Takes the entry unless it is expired or not newer than what is held. Its birth, once taken, stays. */
  adopt(entry: HeldEntry<T>): boolean
  /** Notes that the fleet's store did (or did not) take `entry`, and under which fence. */
  settle(entry: Entry<T>, place: { readonly fence: number; readonly local: boolean }): void
}

function isNewer(entry: Entry<unknown>, mine: HeldEntry<unknown>): boolean {
  const youngerByMs = entry.bornAt - mine.bornAt
  if (mine.local) return youngerByMs > 0
  // the same copy: by a clock that was set back it seems younger
  if (entry.fence === mine.fence) return false
  return Math.abs(youngerByMs) > AGE_SLACK_MS ? youngerByMs > 0 : entry.fence > mine.fence
}

/** The copy in this process's memory; its age is a matter of the monotonic clock alone. */
export function createHeldCopy<T>(options: { clock: Clock; ttlMs: number; staleMs: number }): HeldCopy<T> {
  const { clock, ttlMs } = options
  const lifetimeMs = ttlMs + options.staleMs
  let held: HeldEntry<T> | null = null
  let highest = 0

  const alive = (entry: Entry<T>): boolean => clock.monotonicMs() - entry.bornAt < lifetimeMs
  const standing = (): HeldEntry<T> | null => (held !== null && alive(held) ? held : null)

  return {
    current() {
      if (held === null) return null
      const ageMs = clock.monotonicMs() - held.bornAt
      if (ageMs < ttlMs) return { value: held.value, ageMs, freshness: 'fresh' }
      if (ageMs < lifetimeMs) return { value: held.value, ageMs, freshness: 'stale' }
      return null
    },
    entry: standing,
    fence: () => highest,
    adopt(entry) {
      if (!alive(entry)) return false
      const mine = standing()
      if (mine !== null && !isNewer(entry, mine)) return false
      held = entry
      highest = Math.max(highest, entry.fence)
      return true
    },
    settle({ value }, { fence, local }) {
      if (held === null || held.value !== value) return
      held = { ...held, fence, local }
      highest = Math.max(highest, fence)
    },
  }
}
