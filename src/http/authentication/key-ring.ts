import type { KeyEvents, KeysFailure, KeySet } from './keys.js'
import { parseKeySet } from './keys.js'

/** The last good key set, which a failure to get a newer one does not take away. */
export interface KeyRing {
  readonly keys: KeySet | null
  readonly failing: boolean
  /** Takes over the key set in `text`; one that cannot be read or holds no usable key counts as failed. */
  load(text: string): void
  fail(reason: KeysFailure): void
}

export function createKeyRing(events: KeyEvents): KeyRing {
  let keys: KeySet | null = null
  let loadedText: string | null = null
  let failure: KeysFailure | null = null

  function fail(reason: KeysFailure) {
    if (failure !== reason) events.keysFailed(reason)
    failure = reason
  }

  return {
    get keys() {
      return keys
    },
    get failing() {
      return failure !== null
    },
    load(text) {
      // The same text keeps its set, and with it the keys already imported.
      const parsed = text === loadedText ? keys : parseKeySet(text)
      if (parsed === null) return fail('malformed')
      // A provider replaces its keys, it does not do without: an empty set is a fault of its own making.
      if (parsed.count === 0) return fail('no_usable_key')
      if (parsed !== keys || failure !== null) events.keysLoaded(parsed.count)
      keys = parsed
      loadedText = text
      failure = null
    },
    fail,
  }
}
