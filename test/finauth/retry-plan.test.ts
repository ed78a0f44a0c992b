import { createRetryPlan } from '../../src/finauth/retry-plan.js'

const plan = (random = 0) => createRetryPlan({ maxAttempts: 5, backoffBaseMs: 400, random: () => random })

describe('the next attempt', () => {
  it('is made at once with other credentials or a new signature', () => {
    expect(plan().next({ diagnosis: 'credentials' }, 1000)).toBe(0)
    expect(plan().next({ diagnosis: 'expired_sign' }, 1000)).toBe(0)
  })

  it('waits for half the backoff and the part that chance adds', () => {
    expect(plan(17).next({ diagnosis: 'vendor_fault' }, 1000)).toBe(217)
  })

  it('waits for as long as the vendor wishes where that is more', () => {
    expect(plan().next({ diagnosis: 'overloaded', retryAfterMs: 201 }, 1000)).toBe(201)
    expect(plan().next({ diagnosis: 'overloaded', retryAfterMs: 199 }, 1000)).toBe(200)
  })

  it('is not made where its wait would use up the deadline', () => {
    expect(plan().next({ diagnosis: 'vendor_fault' }, 201)).toBe(200)
    expect(plan().next({ diagnosis: 'vendor_fault' }, 200)).toBeNull()
    expect(plan().next({ diagnosis: 'credentials' }, 0)).toBeNull()
  })
})
