import type { Clock } from '../../clock.js'
import type { KeyEvents, KeysFailure, KeySet, KeyStatus } from './keys.js'
import { parseKeySet } from './keys.js'

/** The last good key set, which a failure to load a newer one does not take away until it is too old. */
export interface KeyRing {
  /** `null` where there has never been a key, and where the last good key set is too old. */
  readonly keys: KeySet | null
  readonly failing: boolean
  /** Grows whenever another key set takes effect. */
  readonly version: number
  /** Since the key set was last loaded. */
  readonly ageMs: number
  /**
   * Takes over the key set in `text`, as it was at `atMs` of the monotonic clock. One that cannot be read counts as
   * failed, and one without a usable key takes all keys away.
   */
  load(text: string, atMs: number): void
  /** The key set last loaded was still the same at `atMs`. */
  confirm(atMs: number): void
  fail(reason: KeysFailure): void
  status(): KeyStatus
}

export interface KeyRingOptions {
  readonly events: KeyEvents
  /** Keys that were last loaded so long ago are not used. */
  readonly maxStaleMs: number
  readonly clock: Clock
}

export function createKeyRing({ events, maxStaleMs, clock }: KeyRingOptions): KeyRing {
  let keys: KeySet | null = null
  let loadedText: string | null = null
  let loadedAtMs = -Infinity
  let failure: KeysFailure | null = null
  let version = 0

  const ageMs = () => clock.monotonicMs() - loadedAtMs
  const isExpired = () => ageMs() >= maxStaleMs

  function fail(reason: KeysFailure) {
    if (failure !== reason) events.keysFailed(reason)
    failure = reason
  }

  function report(count: number, isChanged: boolean) {
    if (count === 0 && isChanged) events.keysFailed('no_usable_key')
    if (count > 0 && (isChanged || failure !== null)) events.keysLoaded(count)
  }

  function stateOf({ count }: KeySet): KeyStatus['state'] {
    if (isExpired()) return 'expired'
    return count === 0 ? 'withdrawn' : 'usable'
  }

  return {
    get keys() {
      return isExpired() ? null : keys
    },
    get failing() {
      return failure !== null
    },
    get version() {
      return version
    },
    get ageMs() {
      return ageMs()
    },
    load(text, atMs) {
      // The same text keeps its set, and with it the keys already imported.
      const parsed = text === loadedText ? keys : parseKeySet(text)
      if (parsed === null) return fail('malformed')
      // Nothing is withdrawn by a provider that has never had a key: it is not ready itself.
      if (parsed.count === 0 && keys === null) return fail('no_usable_key')
      const isChanged = parsed !== keys
      report(parsed.count, isChanged)
      if (isChanged) version += 1
      keys = parsed
      loadedText = text
      loadedAtMs = atMs
      failure = null
    },
    confirm(atMs) {
      loadedAtMs = atMs
    },
    fail,
    status() {
      if (keys === null) return { state: 'none', count: 0, ageMs: null, failure }
      const state = stateOf(keys)
      return { state, count: state === 'usable' ? keys.count : 0, ageMs: ageMs(), failure }
    },
  }
}
