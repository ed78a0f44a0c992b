import { array, assert, constantFrom, option, property, string } from 'fast-check'
import { visibilityOf } from '../../src/face-groups/visibility.js'

const matchesAny = (patterns: readonly string[], id: string | null) => visibilityOf(patterns).isVisible(id)

describe('which groups a caller may see', () => {
  it.each([
    ['Finauth_test_001', 'Finauth_test_001', true],
    ['Finauth_test_001', 'finauth_test_001', false],
    ['Finauth_*', 'Finauth_test_001', true],
    ['Finauth_*', 'Finauth_', true],
    ['Finauth_*', 'xFinauth_1', false],
    ['*_01', 'YuanliStudent_test_01', true],
    ['*_01', '_01x', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*bc', 'abc', false],
    ['a**c', 'ac', true],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['[ab]*', 'a', false],
    ['', '', true],
    ['', 'a', false],
    ['组*', '组一', true],
  ])('pattern %j and id %j: %j', (pattern, id, expected) => {
    expect(matchesAny([pattern], id)).toBe(expected)
  })

  it('shows nothing where there are no patterns', () => {
    expect(matchesAny([], 'a')).toBe(false)
    expect(matchesAny([], null)).toBe(false)
  })

  it('shows a library without an id to the pattern * alone', () => {
    expect(matchesAny(['*'], null)).toBe(true)
    expect(matchesAny(['**', 'a*', ''], null)).toBe(false)
  })

  it('agrees with the regular expression that means the same', () => {
    const text = string({ unit: constantFrom('a', 'b', '*'), maxLength: 8 })
    const id = string({ unit: constantFrom('a', 'b'), maxLength: 12 })
    assert(
      property(text, id, (pattern, id) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'su')
        expect(matchesAny([pattern], id)).toBe(same.test(id))
      }),
      { numRuns: 2000 },
    )
  })

  it('gives the same answer for many patterns as for each of them', () => {
    const pattern = string({ unit: constantFrom('a', 'b', '*'), maxLength: 4 })
    const id = option(string({ unit: constantFrom('a', 'b', '\u{1f600}'), maxLength: 6 }))
    assert(
      property(array(pattern, { maxLength: 8 }), id, (patterns, id) => {
        expect(matchesAny(patterns, id)).toBe(patterns.some((pattern) => matchesAny([pattern], id)))
      }),
      { numRuns: 2000 },
    )
  })

  it('is found out once for lists that are equal, in whatever order', () => {
    expect(visibilityOf(['a*', 'b', 'a*'])).toBe(visibilityOf(['b', 'a*']))
    expect(visibilityOf(['a*'])).not.toBe(visibilityOf(['a*', 'b']))
    expect(visibilityOf(['a","b'])).not.toBe(visibilityOf(['a', 'b']))
  })

  it('takes fewer ids in a step where each takes longer', () => {
    const hard = Array.from({ length: 1000 }, (_, n) => `*a*${n}*b*`)
    const easy = Array.from({ length: 1000 }, (_, n) => (n % 2 === 0 ? `a${n}*` : `*b${n}`))
    expect(visibilityOf(hard).idsPerStep).toBeLessThan(10)
    expect(visibilityOf(easy).idsPerStep).toBeGreaterThan(100)
  })

  it('ends on a pattern on which going back and forth would never end', () => {
    expect(matchesAny(['*a*a*a*a*b'], 'a'.repeat(1000))).toBe(false)
    // Longer than any test may take, were it to go back.
    expect(matchesAny([`${'a*'.repeat(2000)}b`], 'a'.repeat(20_000))).toBe(false)
    expect(matchesAny([`${'a*'.repeat(2000)}b*`], `${'a'.repeat(20_000)}b`)).toBe(true)
  })
})
