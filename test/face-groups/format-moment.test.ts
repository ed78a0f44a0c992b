import * as fc from 'fast-check'
import { formatMoment } from '../../src/face-groups/format-moment.js'

describe('formatMoment', () => {
  it.each([
    ['2026-01-27T06:19:01Z', '2026-01-27T06:19:01Z'],
    ['2026-01-27T06:19:01.007Z', '2026-01-27T06:19:01.007Z'],
    ['2026-01-27T06:19:01.250Z', '2026-01-27T06:19:01.250Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ])('writes %s', (moment, written) => {
    expect(formatMoment(Date.parse(moment))).toBe(written)
  })

  it('writes what the platform does, on more days than are remembered', () => {
    const instants = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(instants, fc.boolean(), (instant, isWhole) => {
        const ms = isWhole ? Math.floor(instant.getTime() / 1000) * 1000 : instant.getTime()
        expect(formatMoment(ms)).toBe(new Date(ms).toISOString().replace('.000Z', 'Z'))
      }),
      { numRuns: 10_000 },
    )
  })
})
