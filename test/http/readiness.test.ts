import { type HealthInput, isReady } from '../../src/http/health.js'

const empty = { freshness: 'empty', ageMs: null, failure: null, store: 'up' } as const
const failed = (retryAfterMs: number) => ({ ...empty, failure: { code: 'upstream_unavailable', retryAfterMs } })
const keys = { state: 'usable', count: 1, ageMs: 0, failure: null } as const
const running: HealthInput = {
  keys,
  cache: { ...empty, freshness: 'fresh', ageMs: 0 },
  hasStarted: true,
  isShuttingDown: false,
  credentialsInUse: 'primary',
  clockSkewSeconds: 0,
  hasDrifted: false,
}

describe('an instance', () => {
  it.each<[string, Partial<HealthInput>, boolean]>([
    ['with a fresh copy', {}, true],
    ['with a stale copy while the vendor fails', { cache: { ...failed(5000), freshness: 'stale', ageMs: 1 } }, true],
    ['that is starting', { hasStarted: false, cache: empty }, false],
    ['that could not fetch its first copy', { hasStarted: false, cache: failed(0) }, false],
    ['whose copy has expired without requests', { cache: empty }, true],
    ['whose copy has expired, during the backoff of a failure', { cache: failed(1) }, false],
    // Without requests it would never call the vendor, and would stay unready.
    ['whose copy has expired, once the backoff is over', { cache: failed(0) }, true],
    ['without token authentication', { keys: null }, true],
    ['that never had a token key', { keys: { ...keys, state: 'none' } }, false],
    ['whose token keys cannot be reloaded', { keys: { ...keys, failure: 'timeout' } }, true],
    ['whose token keys are too old', { keys: { ...keys, state: 'expired' } }, false],
    ['whose token keys were withdrawn, which it can answer', { keys: { ...keys, state: 'withdrawn' } }, true],
    ['that is shutting down', { isShuttingDown: true }, false],
  ])('%s: ready %#', (_what, change, ready) => {
    expect(isReady({ ...running, ...change })).toBe(ready)
  })
})
