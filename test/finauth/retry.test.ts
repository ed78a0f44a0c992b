import { createRetryPlan, readRetryAfter } from '../../src/finauth/retry.js'

const plan = (random = 0) => createRetryPlan({ maxAttempts: 5, backoffBaseMs: 400, random: () => random })

describe('the next attempt', () => {
  it('follows immediately with other credentials or a new signature', () => {
    expect(plan()({ diagnosis: 'credentials' }, 1000)).toBe(0)
    expect(plan()({ diagnosis: 'expired_sign' }, 1000)).toBe(0)
  })

  it('waits for half the backoff plus a random part', () => {
    expect(plan(17)({ diagnosis: 'vendor_fault' }, 1000)).toBe(217)
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

const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
const day = 86_400_000

describe('readRetryAfter', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    ['86400', day],
    ['86401', day],
    ['999999999999999', day],
    ['Sun, 06 Nov 1994 08:50:37 GMT', 60_000],
    ['Sun, 06 Nov 1994 08:48:37 GMT', 0],
    ['Sun, 06 Nov 1999 08:49:37 GMT', day],
  ])('parses %p as %d ms', (value, expected) => {
    expect(readRetryAfter({ retryAfter: value, date })).toBe(expected)
  })

  it.each(['', 'soon', '-1', '1.5', '7 s', 'in 7', '9999999999999999', '1994-11-06T08:50:37Z'])(
    'returns undefined for %p',
    (value) => {
      expect(readRetryAfter({ retryAfter: value, date })).toBeUndefined()
    },
  )

  it('returns undefined without the header, and for a date without another to compare with', () => {
    expect(readRetryAfter({ date })).toBeUndefined()
    expect(readRetryAfter({ retryAfter: date })).toBeUndefined()
    expect(readRetryAfter({ retryAfter: date, date: 'now' })).toBeUndefined()
    expect(readRetryAfter({ retryAfter: '7' })).toBe(7000)
  })
})
