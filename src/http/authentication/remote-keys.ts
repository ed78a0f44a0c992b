import type { Agent } from 'node:http'
import type { Clock } from '../../clock.js'
import { systemClock } from '../../clock.js'
import { retryAfter } from '../problem.js'
import { fetchText } from './fetch-text.js'
import { createKeyRing } from './key-ring.js'
import type { KeyEvents, KeySource } from './keys.js'
import { KeysUnavailableError } from './keys.js'

export interface RemoteKeysOptions {
  readonly url: URL
  readonly events: KeyEvents
  /** One fetch, body included. Default 5 s. */
  readonly timeoutMs?: number
  /** Least distance between two fetches for the sake of unknown keys, or after a failure. Default 30 s. */
  readonly cooldownMs?: number
  /** The first distance after a failure while there is no key at all; doubles up to the cooldown. Default 5 s. */
  readonly firstRetryMs?: number
  /** From this age on the keys are fetched again. Default 10 min. */
  readonly maxAgeMs?: number
  /** Default 512 KiB. */
  readonly maxBytes?: number
  readonly clock?: Clock
  /** Of the URL's protocol, e.g. one that goes through a proxy. Default: Node's own. */
  readonly agent?: Agent
}

/**
 * Keys from the identity provider's JWKS endpoint. Aged keys are renewed behind the requests that use
 * them, and stay in use while the provider is away. A key id nobody knows leads to one fetch per cooldown,
 * whoever sends however many. `candidates` rejects with `KeysUnavailableError` where there is no key at
 * all, and where an unknown key id may be a new one but the last fetch failed.
 */
export function createRemoteKeys(options: RemoteKeysOptions): KeySource {
  const { url, timeoutMs = 5_000, cooldownMs = 30_000, firstRetryMs = 5_000, maxAgeMs = 600_000 } = options
  const { maxBytes = 512 * 1024, clock = systemClock, agent } = options
  const ring = createKeyRing(options.events)
  let attemptedAtMs = -Infinity
  let loadedAtMs = -Infinity
  let soughtUnknownAtMs = -Infinity
  let failures = 0
  let pending: Promise<void> | null = null

  async function attempt() {
    attemptedAtMs = clock.monotonicMs()
    const result = await fetchText({ url, timeoutMs, maxBytes, agent })
    if ('text' in result) ring.load(result.text)
    else ring.fail(result.failure)
    failures = ring.failing ? failures + 1 : 0
    if (!ring.failing) loadedAtMs = attemptedAtMs
  }

  function renew(): Promise<void> {
    pending ??= attempt().finally(() => {
      pending = null
    })
    return pending
  }

  /** Milliseconds until another fetch may be made after a failure; 0 where the last one went well. */
  function backoffMs(): number {
    if (failures === 0) return 0
    const distance = ring.keys === null ? Math.min(cooldownMs, firstRetryMs * 2 ** (failures - 1)) : cooldownMs
    return Math.max(0, attemptedAtMs + distance - clock.monotonicMs())
  }

  function unavailable() {
    return new KeysUnavailableError(retryAfter(backoffMs()))
  }

  async function renewIfAged() {
    const nowMs = clock.monotonicMs()
    if (nowMs - loadedAtMs < maxAgeMs) return
    if (pending === null && backoffMs() > 0) return
    const idleMs = nowMs - attemptedAtMs
    const renewed = renew()
    // After a long silence the old keys may have been revoked hours ago: that one request waits.
    if (ring.keys === null || idleMs >= 2 * maxAgeMs) await renewed
  }

  async function seekUnknown() {
    if (pending === null) {
      const nowMs = clock.monotonicMs()
      if (backoffMs() > 0 || nowMs - soughtUnknownAtMs < cooldownMs) return
      soughtUnknownAtMs = nowMs
    }
    await renew()
  }

  return {
    async candidates(header) {
      await renewIfAged()
      if (ring.keys === null) throw unavailable()
      const known = await ring.keys.candidates(header)
      if (known.length > 0) return known
      await seekUnknown()
      const found = await ring.keys.candidates(header)
      if (found.length === 0 && ring.failing) throw unavailable()
      return found
    },
  }
}
