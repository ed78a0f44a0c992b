import { readRetryAfter } from '../../src/finauth/retry-after.js'

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
  ])('reads %p as %d ms', (value, expected) => {
    expect(readRetryAfter({ 'retry-after': value, date })).toBe(expected)
  })

  it.each(['', 'soon', '-1', '1.5', '7 s', 'in 7', '9999999999999999', '1994-11-06T08:50:37Z'])(
    'finds no wish in %p',
    (value) => {
      expect(readRetryAfter({ 'retry-after': value, date })).toBeUndefined()
    },
  )

  it('finds no wish where there is no header, nor in a date without another to hold it against', () => {
    expect(readRetryAfter({ date })).toBeUndefined()
    expect(readRetryAfter({ 'retry-after': date })).toBeUndefined()
    expect(readRetryAfter({ 'retry-after': date, date: 'now' })).toBeUndefined()
    expect(readRetryAfter({ 'retry-after': '7' })).toBe(7000)
  })
})
