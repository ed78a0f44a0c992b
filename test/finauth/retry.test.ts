import { createRetryPlan } from '../../src/finauth/retry.js'

const plan = (random = 0) => createRetryPlan({ maxAttempts: 5, backoffBaseMs: 400, random: () => random })

describe('the next attempt', () => {
  it('follows immediately with other credentials or a new signature', () => {
    expect(plan()({ diagnosis: 'credentials' }, 1000)).toBe(0)
    expect(plan()({ diagnosis: 'expired_sign' }, 1000)).toBe(0)
  })

  it('follows immediately with a new signature after a backoff, but only once', () => {
    const nextDelayMs = plan()
    expect(nextDelayMs({ diagnosis: 'vendor_fault' }, 1000)).toBe(200)
    expect(nextDelayMs({ diagnosis: 'expired_sign' }, 1000)).toBe(0)
    expect(nextDelayMs({ diagnosis: 'vendor_fault' }, 1000)).toBe(400)
    expect(nextDelayMs({ diagnosis: 'expired_sign' }, 1000)).toBeNull()
  })

  it('waits for half the backoff plus a random part', () => {
    expect(plan(0)({ diagnosis: 'vendor_fault' }, 1000)).toBe(200)
    expect(plan(0.75)({ diagnosis: 'vendor_fault' }, 1000)).toBe(350)
  })

  it('waits as long as the vendor asks, if that is longer', () => {
    expect(plan()({ diagnosis: 'overloaded', retryAfterMs: 201 }, 1000)).toBe(201)
    expect(plan()({ diagnosis: 'overloaded', retryAfterMs: 199 }, 1000)).toBe(200)
  })

  it('is not made if its wait would exceed the deadline', () => {
    expect(plan()({ diagnosis: 'vendor_fault' }, 201)).toBe(200)
    expect(plan()({ diagnosis: 'vendor_fault' }, 200)).toBeNull()
    expect(plan()({ diagnosis: 'credentials' }, 0)).toBeNull()
  })
})
