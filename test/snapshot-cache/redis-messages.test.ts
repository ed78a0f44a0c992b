import { failureCode, parseStoreMessage } from '../../src/snapshot-cache/redis-scripts.js'

describe('a message between replicas', () => {
  it.each([
    ['ended', { type: 'ended' }],
    ['published 1767225600000001', { type: 'published', fence: 1_767_225_600_000_001 }],
  ])('is parsed: %j', (text, event) => {
    expect(parseStoreMessage(text)).toEqual(event)
  })

  it.each([
    '',
    'ended now',
    'published',
    'published x',
    'published 1x',
    'unpublished 1',
    'published 12345678901234567',
  ])('is ignored if it is not ours: %j', (text) => {
    expect(parseStoreMessage(text)).toBeNull()
  })
})

it('a failure’s code read from Redis is validated', () => {
  expect(failureCode('upstream_timeout')).toBe('upstream_timeout')
  for (const text of ['', 'Upstream', 'a b', ' a', 'a\n<b>', 'x'.repeat(41)]) expect(failureCode(text)).toBe('unknown')
})
