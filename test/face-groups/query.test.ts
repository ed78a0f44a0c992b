import * as fc from 'fast-check'
import { defaultListQuery, formatListQuery, parseListQuery } from '../../src/face-groups/query.js'
import { queryOf } from './fixtures.js'

function faultsOf(search: string) {
  const parsed = parseListQuery(search)
  return Array.isArray(parsed) ? parsed : []
}

describe('parseListQuery', () => {
  it.each(['', '?'])('returns the default query object for %j', (search) => {
    expect(queryOf(search)).toBe(defaultListQuery)
  })

  it('parses every parameter', () => {
    const search =
      '?limit=5&q=a%2Fb+c&modelVersion=s21&createdAfter=2026-01-27T14%3A19%3A01%2B08:00&createdBefore=2026-02-01T00:00:00z&sort=-name'
    expect(queryOf(search)).toEqual({
      limit: 5,
      sort: { field: 'name', descending: true },
      cursor: null,
      q: 'a/b c',
      modelVersion: 's21',
      createdAfter: Date.parse('2026-01-27T06:19:01Z'),
      createdBefore: Date.parse('2026-02-01T00:00:00Z'),
    })
  })

  it('returns every fault', () => {
    const faults = faultsOf('?limit=0&sort=age&cursor=x&createdAfter=yesterday&colour=red&q=a&q=b')
    expect(faults.map(({ parameter }) => parameter).toSorted()).toEqual([
      'colour',
      'createdAfter',
      'cursor',
      'limit',
      'q',
      'sort',
    ])
  })

  it.each(['0', '1001', '-1', '1.5', '1e2', '010', ' 1', '', 'NaN', '9'.repeat(400)])(
    'rejects the limit %j',
    (limit) => {
      expect(faultsOf(`limit=${encodeURIComponent(limit)}`)).toEqual([
        { parameter: 'limit', detail: 'must be a whole number from 1 to 1000' },
      ])
    },
  )

  it.each(['q=%', 'q=%zz', 'q=%C3', 'q=%ED%A0%80', 'q=é', '%=1'])(
    'rejects %j, which is not percent-encoded UTF-8',
    (search) => {
      expect(faultsOf(search)).toEqual([expect.objectContaining({ detail: 'is not valid percent-encoded UTF-8' })])
    },
  )

  it('explains a plus sign that became a space in the URL', () => {
    expect(faultsOf('createdAfter=2026-01-27T14:19:01+08:00')[0]?.detail).toBe(
      'must be an RFC 3339 date-time such as 2026-01-27T06:19:01Z; a "+" in a query string means a space, write %2B',
    )
  })

  it('explains each fault', () => {
    const faults = faultsOf('?limit=0&sort=age&cursor=x&q=a&q=b&createdAfter=2026&modelVersion=' + 'x'.repeat(1025))
    expect(Object.fromEntries(faults.map(({ parameter, detail }) => [parameter, detail]))).toEqual({
      limit: 'must be a whole number from 1 to 1000',
      sort: 'must be one of createdAt, name, id, with a leading "-" for descending',
      cursor: 'is not a cursor of this list; take it from page.nextCursor unchanged',
      q: 'may be given only once',
      createdAfter: 'must be an RFC 3339 date-time such as 2026-01-27T06:19:01Z',
      modelVersion: 'must not be longer than 1024 characters',
    })
  })

  it.each(['sort=+name', 'sort=--name', 'sort=Name', 'sort='])('rejects %j', (search) => {
    expect(faultsOf(search)).toEqual([expect.objectContaining({ parameter: 'sort' })])
  })

  it('rejects a search text of more than 1024 characters', () => {
    expect(faultsOf(`q=${'x'.repeat(1025)}`)).toEqual([expect.objectContaining({ parameter: 'q' })])
    expect(queryOf(`q=${'x'.repeat(1024)}`).q).toHaveLength(1024)
  })

  it('limits the number of faults and the length of their names', () => {
    const search = Array.from({ length: 1000 }, (_, at) => `${'n'.repeat(60)}${at}=1&${at}${'m'.repeat(5000)}`).join(
      '&',
    )
    const faults = faultsOf(search)
    expect(faults).toHaveLength(50)
    expect(Math.max(...faults.map(({ parameter }) => parameter.length))).toBeLessThanOrEqual(65)
  })

  it('shortens the name of a parameter to 64 characters', () => {
    const shown = (name: string) => faultsOf(`${name}=1`)[0]?.parameter
    expect(shown('n'.repeat(64))).toBe('n'.repeat(64))
    expect(shown('n'.repeat(65))).toBe(`${'n'.repeat(64)}…`)
  })

  it('shows a name that is not percent-encoded UTF-8 as ASCII', () => {
    expect(faultsOf('a%zé=1').map(({ parameter }) => parameter)).toEqual(['a%z?'])
  })

  it('splits at the first = and at &, and ignores empty parts', () => {
    expect(queryOf('q=a=b?c==').q).toBe('a=b?c==')
    expect(queryOf('&&limit=5&').limit).toBe(5)
    expect(queryOf('?&')).toEqual(defaultListQuery)
  })

  it.each(['__proto__', 'constructor', 'toString'])('does not treat %s as a parameter', (name) => {
    expect(faultsOf(`${name}=1`)).toEqual([{ parameter: name, detail: 'is not a parameter here' }])
  })

  it('never throws, whatever the query string', () => {
    const names = fc.constantFrom('limit', 'cursor', 'q', 'modelVersion', 'createdAfter', 'createdBefore', 'sort')
    const pair = fc
      .tuple(fc.oneof(names, fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }))
      .map(([name, value]) => `${name}=${value}`)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pair).map((pairs) => pairs.join('&')),
        ),
        (search) => {
          const parsed = parseListQuery(search)
          expect(parsed).not.toEqual([])
        },
      ),
      { numRuns: 5000 },
    )
  }, 60_000)
})

describe('formatListQuery', () => {
  it('returns an empty string for the default query', () => {
    expect(formatListQuery(defaultListQuery)).toBe('')
  })

  it('does not confuse the start of 1970 with no date', () => {
    expect(formatListQuery(queryOf('createdAfter=1970-01-01T00:00:00Z'))).toContain('createdAfter=1970')
    expect(formatListQuery(queryOf('createdBefore=1970-01-01T00:00:00Z'))).toContain('createdBefore=1970')
  })

  it('returns equal text for equal queries, which parses back to the same query', () => {
    const some = queryOf('q=a%20b&limit=007'.replace('007', '7') + '&createdAfter=2026-01-27T14:19:01%2B08:00')
    const same = queryOf('?createdAfter=2026-01-27T06:19:01.000Z&limit=7&q=a+b')
    expect(formatListQuery(some)).toBe(formatListQuery(same))
    expect(queryOf(formatListQuery(some))).toEqual(some)
  })
})
