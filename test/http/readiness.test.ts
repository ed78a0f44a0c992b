import { type HealthInput, isReady } from '../../src/http/health.js'

const empty = { freshness: 'empty', ageMs: null, refreshing: false, failure: null, store: 'up' } as const
const failed = (retryAfterMs: number) => ({ ...empty, failure: { code: 'upstream_unavailable', retryAfterMs } })
const running: HealthInput = {
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
    ['whose copy has expired for want of requests', { cache: empty }, true],
    ['whose copy has expired, in the backoff of a failure', { cache: failed(1) }, false],
    // Without requests nobody would ask the vendor, and it would be unready for good.
    ['whose copy has expired, once the backoff is over', { cache: failed(0) }, true],
    ['that is shutting down', { isShuttingDown: true }, false],
  ])('%s: ready %#', (_what, change, ready) => {
    expect(isReady({ ...running, ...change })).toBe(ready)
  })
})
