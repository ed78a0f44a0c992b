import { createRateLimiter, type RateLimiter, rateLimited } from '../../src/http/rate-limit.js'
import { createFakeClock, type FakeClock } from '../support/fake-clock.js'

let clock: FakeClock

beforeEach(() => {
  clock = createFakeClock({ wallMs: Date.now() })
})

function limiterOf(options: { perMinute: number; maxKeys?: number; name?: string }): RateLimiter {
  const limiter = createRateLimiter({ clock, ...options })
  if (limiter === null) throw new Error('the test asked for no limit')
  return limiter
}

describe('the quota of a caller', () => {
  it('allows as many requests as configured, and resets after a minute', async () => {
    const limiter = limiterOf({ perMinute: 3 })
    const allowed = () => limiter.consume('alice').allowed
    expect([allowed(), allowed(), allowed(), allowed(), allowed()]).toEqual([true, true, true, false, false])
    await clock.advance(59_999)
    expect(allowed()).toBe(false)
    await clock.advance(1)
    expect(limiter.consume('alice')).toEqual({ allowed: true, remaining: 2, resetSeconds: 60 })
  })

  it('is separate for each caller', () => {
    const limiter = limiterOf({ perMinute: 1 })
    limiter.consume('alice')
    expect([limiter.consume('alice').allowed, limiter.consume('bob').allowed]).toEqual([false, true])
  })

  it('reports the seconds until it resets, never 0', async () => {
    const limiter = limiterOf({ perMinute: 5 })
    limiter.consume('alice')
    await clock.advance(30_001)
    expect(limiter.consume('alice').resetSeconds).toBe(30)
    await clock.advance(29_998)
    expect(limiter.consume('alice').resetSeconds).toBe(1)
  })

  it('is not affected by changes of the wall clock', () => {
    const limiter = limiterOf({ perMinute: 1 })
    limiter.consume('alice')
    clock.jumpWall(86_400_000)
    expect(limiter.consume('alice').allowed).toBe(false)
  })

  it('is not affected by peek', () => {
    const limiter = limiterOf({ perMinute: 1 })
    limiter.peek('alice')
    limiter.peek('alice')
    expect(limiter.consume('alice')).toMatchObject({ allowed: true, remaining: 0 })
    expect(limiter.peek('alice').allowed).toBe(false)
  })

  it('is kept for active callers, however many others come', () => {
    const limiter = limiterOf({ perMinute: 100, maxKeys: 10 })
    for (let n = 0; n < 100; n++) {
      limiter.consume('alice')
      limiter.consume(`passer-by-${n}`)
    }
    expect(limiter.consume('alice').allowed).toBe(false)
  })

  it('does not exist if it is 0', () => {
    expect(createRateLimiter({ perMinute: 0 })).toBeNull()
  })
})

describe('the header fields', () => {
  it('name the policy and the remaining quota', () => {
    const limiter = limiterOf({ perMinute: 600 })
    expect(limiter.policy).toBe('"caller";q=600;w=60')
    expect(limiter.field(limiter.consume('alice'))).toBe('"caller";r=599;t=60')
  })

  it('of a refusal say when to retry', async () => {
    const limiter = limiterOf({ perMinute: 1, name: 'guesses' })
    limiter.consume('alice')
    await clock.advance(20_000)
    const { code, options } = rateLimited(limiter, limiter.consume('alice'))
    expect([code, options.retryAfterSeconds, options.headers]).toEqual([
      'rate_limited',
      40,
      { RateLimit: '"guesses";r=0;t=40', 'RateLimit-Policy': '"guesses";q=1;w=60' },
    ])
  })
})
