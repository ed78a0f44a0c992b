import type { Agent } from 'node:http'
import type { Clock } from '../../clock.js'
import { systemClock } from '../../clock.js'
import { retryAfter } from '../problem.js'
import { fetchText } from './fetch-text.js'
import { keepLoaded } from './keep-loaded.js'
import { createKeyRing } from './key-ring.js'
import type { KeyEvents, KeyStore } from './keys.js'
import { KeysUnavailableError } from './keys.js'

export interface RemoteKeysOptions {
  readonly url: URL
  readonly events: KeyEvents
  /** One fetch, body included. Default 5 s. */
  readonly timeoutMs?: number
  /** Least distance between two fetches after a failure. Default 30 s. */
  readonly cooldownMs?: number
  /** The first distance after a failure while there is no key at all; doubles up to the cooldown. Default 5 s. */
  readonly firstRetryMs?: number
  /** How often tokens that the keys do not fit may lead to a fetch, after the first `reloadBurst`. Default 10 s. */
  readonly reloadEveryMs?: number
  /** So many such fetches may follow each other without a pause. Default 3. */
  readonly reloadBurst?: number
  /** From this age on the keys are fetched again, or from half of `maxStaleMs` on. Default 10 min. */
  readonly maxAgeMs?: number
  /** Keys that have not been fetched for so long are not used. Default 1 day. */
  readonly maxStaleMs?: number
  /** Default 512 KiB. */
  readonly maxBytes?: number
  readonly clock?: Clock
  /** Of the URL's protocol, e.g. one that goes through a proxy. Default: Node's own. */
  readonly agent?: Agent
}

/**
 * Keys from the identity provider's JWKS endpoint. Aged keys are renewed behind the requests that use them, and stay in
 * use while the provider is away, until they are too old. A key id nobody knows, or a signature that fails, leads to a
 * fetch: a few at first, then one per `reloadEveryMs`, however many tokens come. `candidates` rejects with
 * `KeysUnavailableError` where there is no key that may be used, and where an unknown key id may be a new one but the
 * last fetch failed.
 */
export function createRemoteKeys(options: RemoteKeysOptions): KeyStore {
  const { url, timeoutMs = 5_000, cooldownMs = 30_000, firstRetryMs = 5_000 } = options
  const { reloadEveryMs = 10_000, reloadBurst = 3, maxStaleMs = 86_400_000 } = options
  const { maxBytes = 512 * 1024, clock = systemClock, agent } = options
  const maxAgeMs = Math.min(options.maxAgeMs ?? 600_000, maxStaleMs / 2)
  const ring = createKeyRing({ events: options.events, maxStaleMs, clock })
  let attemptedAtMs = -Infinity
  let reloadsUsedUpToMs = -Infinity
  let failures = 0
  let pending: Promise<void> | null = null

  async function attempt() {
    attemptedAtMs = clock.monotonicMs()
    const result = await fetchText({ url, timeoutMs, maxBytes, agent })
    if ('text' in result) ring.load(result.text, attemptedAtMs)
    else ring.fail(result.failure)
    failures = ring.failing ? failures + 1 : 0
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
    if (ring.ageMs < maxAgeMs) return
    if (pending === null && backoffMs() > 0) return
    const idleMs = clock.monotonicMs() - attemptedAtMs
    const renewed = renew()
    // After a long silence the old keys may have been revoked hours ago: that one request waits.
    if (ring.keys === null || idleMs >= 2 * maxAgeMs) await renewed
  }

  /** The generic cell rate algorithm: each reload uses up some time, of which there is a store for a burst. */
  function mayReload(): boolean {
    const nowMs = clock.monotonicMs()
    const usedUpToMs = Math.max(reloadsUsedUpToMs, nowMs) + reloadEveryMs
    if (usedUpToMs > nowMs + reloadBurst * reloadEveryMs) return false
    reloadsUsedUpToMs = usedUpToMs
    return true
  }

  /** For a token that the keys do not fit. */
  async function reload() {
    if (pending === null && (backoffMs() > 0 || !mayReload())) return
    await renew()
  }

  /** Milliseconds until the keys are to be fetched again, whether or not there are tokens. */
  function dueInMs(): number {
    if (ring.failing) return backoffMs()
    if (ring.keys?.count === 0) return cooldownMs - ring.ageMs
    return maxAgeMs - ring.ageMs
  }

  const background = keepLoaded({ clock, dueInMs, load: renew })

  return {
    async candidates(header) {
      await renewIfAged()
      if (ring.keys === null) throw unavailable()
      const known = await ring.keys.candidates(header)
      if (known.length > 0) return known
      await reload()
      const found = (await ring.keys?.candidates(header)) ?? []
      if (found.length === 0 && ring.failing) throw unavailable()
      return found
    },
    async newerCandidates(header, version) {
      if (ring.version === version && ring.ageMs >= reloadEveryMs) await reload()
      if (ring.version !== version && ring.keys !== null) return ring.keys.candidates(header)
      if (ring.failing) throw unavailable()
      return []
    },
    version: () => ring.version,
    status: () => ring.status(),
    idle: () => pending ?? Promise.resolve(),
    ...background,
  }
}
