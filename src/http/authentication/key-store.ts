import { type Clock, systemClock } from '../../clock.js'
import { retryAfter } from '../problem.js'
import { type KeySet, type KeySource, parseKeySet } from './key-set.js'
import type { KeyLoader, KeysFailure } from './load-keys.js'
import { keysUnavailable } from './refusals.js'

/** A key source that reloads its keys when they are due. */
export interface KeyStore extends KeySource {
  /**
   * Keeps keys loaded in the background until `close`, because an instance without requests needs keys to become ready.
   */
  start(): void
  /** Resolves when no keys are being loaded. */
  idle(): Promise<void>
  /** Also closes the loader. */
  close(): void
  status(): KeyStatus
}

/** What metrics and health report about the keys. */
export interface KeyStatus {
  /**
   * `none`: there was never a usable key. `withdrawn`: the loaded key set has no usable key, so every token is
   * rejected. `expired`: the last good key set is too old to use.
   */
  readonly state: 'usable' | 'none' | 'withdrawn' | 'expired'
  /** Keys in use. */
  readonly count: number
  /** Milliseconds since the key set was last loaded; `null` if it never was. */
  readonly ageMs: number | null
  /** Why the last attempt to load it failed; `null` if it succeeded. */
  readonly failure: KeysFailure | null
}

/** What happens to the key set, for logs. Called on change only; must not throw. */
export interface KeyEvents {
  /** Another key set took effect, or the same one is available again. `count` is the number of usable keys. */
  keysLoaded(count: number): void
  /** The key set cannot be loaded and the last good one stays in use, or it has no usable key (`no_usable_key`). */
  keysFailed(reason: KeysFailure): void
}

export interface KeyStoreOptions {
  readonly loader: KeyLoader
  readonly events: KeyEvents
  /** Keys loaded longer ago are not used. Default 1 day. */
  readonly maxStaleMs?: number
  readonly clock?: Clock
}

/** The first wait after a failure without any key; doubles up to the loader's cooldown. */
const firstRetryMs = 5_000

/** Tokens with an unknown key cause one refetch per interval, with a burst of `refetchBurst`. */
const refetchEveryMs = 10_000
const refetchBurst = 3

const minBackgroundPauseMs = 1_000

/**
 * Old keys are reloaded in the background of the requests that use them. They stay in use while reloading fails, until
 * they are `maxStaleMs` old. A key set without a usable key withdraws all keys. `candidates` rejects if no keys may be
 * used, and if an unknown key id may be new but the last load failed.
 */
export function createKeyStore({ loader, events, ...options }: KeyStoreOptions): KeyStore {
  const { maxStaleMs = 86_400_000, clock = systemClock } = options
  const maxAgeMs = Math.min(loader.maxAgeMs, maxStaleMs / 2)
  const closing = new AbortController()
  let keys: KeySet | null = null
  let text: string | null = null
  let version = 0
  let loadedAtMs = -Infinity
  let attemptedAtMs = -Infinity
  let failure: KeysFailure | null = null
  let failures = 0
  let refetchesUsedUntilMs = -Infinity
  let pending: Promise<void> | null = null

  const ageMs = () => clock.monotonicMs() - loadedAtMs
  const usableKeys = () => (ageMs() < maxStaleMs ? keys : null)

  /** Replaces the keys by those of `newText`, or returns why not. The same text keeps the imported keys. */
  function replaceKeys(newText: string): KeysFailure | null {
    const parsed = newText === text ? keys : parseKeySet(newText)
    if (parsed === null) return 'malformed'
    // Without earlier keys there is nothing to withdraw.
    if (parsed.count === 0 && keys === null) return 'no_usable_key'
    const isChanged = parsed !== keys
    if (isChanged) version += 1
    if (isChanged && parsed.count === 0) events.keysFailed('no_usable_key')
    if (parsed.count > 0 && (isChanged || failure !== null)) events.keysLoaded(parsed.count)
    keys = parsed
    text = newText
    loadedAtMs = attemptedAtMs
    return null
  }

  async function attempt() {
    attemptedAtMs = clock.monotonicMs()
    const loaded = await loader.load()
    if (closing.signal.aborted) return
    const failed = 'text' in loaded ? replaceKeys(loaded.text) : loaded.failure
    if (failed !== null && failed !== failure) events.keysFailed(failed)
    failure = failed
    failures = failed === null ? 0 : failures + 1
  }

  function load(): Promise<void> {
    pending ??= attempt().finally(() => {
      pending = null
    })
    return pending
  }

  /** Milliseconds until the next attempt after a failure; 0 if the last one succeeded. */
  function backoffMs(): number {
    if (failures === 0) return 0
    const { cooldownMs } = loader
    const distance = usableKeys() === null ? Math.min(cooldownMs, firstRetryMs * 2 ** (failures - 1)) : cooldownMs
    return Math.max(0, attemptedAtMs + distance - clock.monotonicMs())
  }

  async function loadIfAged() {
    if (ageMs() < maxAgeMs || backoffMs() > 0) return
    const idleMs = clock.monotonicMs() - attemptedAtMs
    const loaded = load()
    // After a long time without requests the old keys may have been revoked hours ago, so this request waits.
    if (usableKeys() === null || idleMs >= 2 * maxAgeMs) await loaded
  }

  /** Generic cell rate algorithm: each refetch uses up some time, of which a burst may be used in advance. */
  function mayRefetch(): boolean {
    const nowMs = clock.monotonicMs()
    const usedUntilMs = Math.max(refetchesUsedUntilMs, nowMs) + refetchEveryMs
    if (usedUntilMs > nowMs + refetchBurst * refetchEveryMs) return false
    refetchesUsedUntilMs = usedUntilMs
    return true
  }

  function dueInMs(): number {
    if (failure !== null) return backoffMs()
    return (keys?.count === 0 ? loader.cooldownMs : maxAgeMs) - ageMs()
  }

  async function keepLoaded() {
    while (!closing.signal.aborted) {
      if (dueInMs() <= 0) await load()
      await clock.sleep(Math.max(minBackgroundPauseMs, dueInMs()), closing.signal)
    }
  }

  return {
    async candidates(header, badVersion) {
      const find = async () => (version === badVersion ? [] : ((await usableKeys()?.candidates(header)) ?? []))
      await loadIfAged()
      const known = await find()
      if (known.length > 0) return known
      // Also for a bad signature: the key behind a known id may have been replaced.
      const mayBeNew = badVersion === undefined || ageMs() >= refetchEveryMs
      if (mayBeNew && (pending !== null || (backoffMs() === 0 && mayRefetch()))) await load()
      const found = await find()
      if (found.length === 0 && (failure !== null || usableKeys() === null))
        throw keysUnavailable(retryAfter(backoffMs() || firstRetryMs))
      return found
    },
    version: () => version,
    status() {
      if (keys === null) return { state: 'none', count: 0, ageMs: null, failure }
      const count = usableKeys()?.count ?? 0
      const unusable = usableKeys() === null ? 'expired' : 'withdrawn'
      return { state: count > 0 ? 'usable' : unusable, count, ageMs: ageMs(), failure }
    },
    start: () => void keepLoaded().catch(() => undefined),
    idle: () => pending ?? Promise.resolve(),
    close() {
      closing.abort()
      loader.close()
    },
  }
}
