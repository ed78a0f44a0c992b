import * as fc from 'fast-check'
import { formatTimestamp, parseAddTime, parseHttpDate, parseRfc3339 } from '../src/timestamp.js'

describe('parseAddTime', () => {
  it.each([
    ['2026-01-27T14:19:01+08:00', '2026-01-27T06:19:01Z'],
    ['2026-01-27T14:19:01+0800', '2026-01-27T06:19:01Z'],
    ['2026-01-27T14:19:01+08', '2026-01-27T06:19:01Z'],
    ['2026-01-27 06:19:01Z', '2026-01-27T06:19:01Z'],
    ['2026-01-27T06:19:01.250Z', '2026-01-27T06:19:01.250Z'],
    ['2026-01-27T06:19:01,25Z', '2026-01-27T06:19:01.250Z'],
    ['2026-01-27T06:19:01,999999999+0000', '2026-01-27T06:19:01.999Z'],
    ['2026-01-27T06:19:01.2Z', '2026-01-27T06:19:01.200Z'],
    ['2026-01-27T06:19:01.123456789Z', '2026-01-27T06:19:01.123Z'],
    ['2026-01-27T06:19:01z', '2026-01-27T06:19:01Z'],
    [' 2026-01-27T06:19:01Z\n', '2026-01-27T06:19:01Z'],
    ['2026-01-28T05:59:00+23:59', '2026-01-27T06:00:00Z'],
    ['2026-01-27T06:19:01.000000Z', '2026-01-27T06:19:01Z'],
    ['2025-12-31T20:30:00-03:30', '2026-01-01T00:00:00Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00Z'],
    ['2026-06-30T23:59:59Z', '2026-06-30T23:59:59Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    [1769494741000, '2026-01-27T06:19:01Z'],
    ['1769494741000', '2026-01-27T06:19:01Z'],
    [1769494741007, '2026-01-27T06:19:01.007Z'],
    [0, '1970-01-01T00:00:00Z'],
  ])('parses %p as %s', (value, expected) => {
    expect(parseAddTime(value)).toBe(Date.parse(expected))
  })

  it.each([
    ['2026-01-27T14:19:01'],
    ['2026-01-27T14:19:01+08:'],
    ['2026-01-27T14:19:01+8'],
    ['2026-01-27T14:19:01.Z'],
    ['2026-01-27T14:19:01.1234567890Z'],
    ['2026-01-27T14:19Z'],
    ['x2026-01-27T14:19:01Z'],
    ['2026-01-27T14:19:01Zx'],
    ['12026-01-27T14:19:01Z'],
    ['2026-01-27_14:19:01Z'],
    ['-1'],
    ['2026-02-30T00:00:00Z'],
    ['2025-02-29T00:00:00Z'],
    ['1900-02-29T00:00:00Z'],
    ['2026-04-31T00:00:00Z'],
    ['2026-06-31T00:00:00Z'],
    ['2026-09-31T00:00:00Z'],
    ['2026-11-31T00:00:00Z'],
    ['2026-00-27T00:00:00Z'],
    ['2026-01-27T00:60:00Z'],
    ['2026-01-27T00:00:00+08:60'],
    ['2026-01-00T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-01-27T24:00:00Z'],
    ['2026-01-27T23:59:60Z'],
    ['2026-01-27T00:00:00+25:00'],
    ['9999-12-31T23:59:59-01:00'],
    ['0000-01-01T00:00:00+01:00'],
    ['99999999999999999999'],
    ['yesterday'],
    [''],
    [-1],
    [1.5],
    [Number.MAX_SAFE_INTEGER],
    [null],
    [undefined],
    [{}],
    [true],
  ])('cannot parse %p', (value) => {
    expect(parseAddTime(value)).toBeNull()
  })

  it('agrees with the platform on every time and offset', () => {
    const instants = fc.date({ min: new Date('0000-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    fc.assert(
      fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (instant, offset) => {
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1)
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map(twoDigits)
        const written = `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
        expect(parseAddTime(written)).toBe(instant.getTime())
      }),
    )
  })
})

describe('formatTimestamp', () => {
  it.each([
    ['2026-01-27T06:19:01Z', '2026-01-27T06:19:01Z'],
    ['2026-01-27T06:19:01.007Z', '2026-01-27T06:19:01.007Z'],
    ['2026-01-27T06:19:01.250Z', '2026-01-27T06:19:01.250Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ])('writes %s', (moment, written) => {
    expect(formatTimestamp(Date.parse(moment))).toBe(written)
  })

  it('writes what parseRfc3339 and parseAddTime parse', () => {
    const instants = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(instants, fc.boolean(), (instant, isWhole) => {
        const ms = isWhole ? Math.floor(instant.getTime() / 1000) * 1000 : instant.getTime()
        const text = formatTimestamp(ms)
        expect([parseRfc3339(text), parseAddTime(text)]).toEqual([ms, ms])
        expect(text.endsWith('.000Z')).toBe(false)
      }),
    )
  })
})

describe('parseRfc3339', () => {
  it.each([
    ['2026-01-27T06:19:01Z', '2026-01-27T06:19:01.000Z'],
    ['2026-01-27t06:19:01z', '2026-01-27T06:19:01.000Z'],
    ['2026-01-27T14:19:01+08:00', '2026-01-27T06:19:01.000Z'],
    ['2026-01-26T23:19:01.25-07:00', '2026-01-27T06:19:01.250Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0050-01-01T00:00:00Z', '0050-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.500Z'],
    ['2016-12-31T15:59:60-08:00', '2017-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.0010000Z', '2026-01-01T00:00:00.001Z'],
    ['2026-01-01T00:00:00.99900001Z', '2026-01-01T00:00:01.000Z'],
    ['0000-01-01T00:00:00+01:00', '0000-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.0001Z', '2026-01-01T00:00:00.001Z'],
    ['9999-12-31T23:59:59-23:00', '9999-12-31T23:59:59.999Z'],
  ])('parses %s', (text, utc) => {
    expect(new Date(parseRfc3339(text) ?? Number.NaN).toISOString()).toBe(utc)
  })

  it.each([
    '',
    '2026-01-27',
    '2026-01-27T06:19Z',
    '2026-01-27T06:19:01',
    '2026-01-27 06:19:01Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+0800',
    '12026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T00:00:00+08',
    '2026-01-01T00:00:00+08:60',
    '2026-01-01T23:60:60Z',
    ' 2026-01-01T00:00:00Z',
    '1769494741000',
  ])('rejects %j', (text) => {
    expect(parseRfc3339(text)).toBeNull()
  })
})

describe('parseHttpDate', () => {
  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'parses the form of RFC 9110 %j',
    (text) => {
      expect(parseHttpDate(text)).toBe(Date.parse('1994-11-06T08:49:37Z'))
    },
  )

  it('parses what toUTCString writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000)
        },
      ),
    )
  })

  it.each([
    '',
    'now',
    '0',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 99 Nov 1994 08:49:37 GMT',
    'Sun, 06 Abc 1994 08:49:37 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994 GMT',
  ])('returns null for %j', (text) => {
    expect(parseHttpDate(text)).toBeNull()
  })
})

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
