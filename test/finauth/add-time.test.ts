import * as fc from 'fast-check'
import { readAddTime } from '../../src/finauth/add-time.js'

describe('readAddTime', () => {
  it.each([
    ['2026-01-27T14:19:01+08:00', '2026-01-27T06:19:01Z'],
    ['2026-01-27T14:19:01+0800', '2026-01-27T06:19:01Z'],
    ['2026-01-27T14:19:01+08', '2026-01-27T06:19:01Z'],
    ['2026-01-27 06:19:01Z', '2026-01-27T06:19:01Z'],
    ['2026-01-27T06:19:01.250Z', '2026-01-27T06:19:01.250Z'],
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
  ])('reads %p as %s', (value, expected) => {
    expect(readAddTime(value)).toBe(Date.parse(expected))
  })

  it.each([
    ['2026-01-27T14:19:01'],
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
  ])('cannot read %p', (value) => {
    expect(readAddTime(value)).toBeNull()
  })

  it('agrees with the platform on every instant and offset', () => {
    const instants = fc.date({ min: new Date('0000-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    fc.assert(
      fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (instant, offset) => {
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1)
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map(twoDigits)
        const written = `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
        expect(readAddTime(written)).toBe(instant.getTime())
      }),
    )
  })
})

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
