import { sampleGroup } from '../face-groups/fixtures.js'
import { createAnswerChecker, listOf } from './answer-checker.js'

// The checks of the answers under fault must themselves detect faults.

const path = '/api/face-groups'

function answering(names: readonly string[], headers: Record<string, string> = {}, status = 200) {
  const data = names.map((name) => sampleGroup({ id: null, name, createdAt: null }))
  const page = { limit: 100, total: names.length, nextCursor: null }
  const common = {
    etag: '"one"',
    age: '0',
    vary: 'accept',
    'cache-control': 'private, no-cache',
    'cache-status': 'face-groups; hit; ttl=1',
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': 'some-request',
    'x-content-type-options': 'nosniff',
  }
  const answer = { status, headers: { ...common, ...headers }, body: JSON.stringify({ data, page }) }
  return { path, sentAt: performance.now(), answer }
}

function checkerFor(lists: number) {
  const checker = createAnswerChecker({ ttlMs: 1000, staleMs: 60_000 })
  for (let list = 1; list <= lists; list += 1) checker.begin()
  return checker
}

it('accepts an answer with one list of the vendor', () => {
  expect(checkerFor(2).check(answering(['list 2, library 1', 'list 2, library 2']))).toEqual([])
})

it.each([
  ['mixes two lists', answering(['list 1, library 1', 'list 2, library 2']), /mixes lists/],
  ['shows names that the vendor never had', answering(['somebody else’s']), /mixes lists/],
  ['shows a list that never was', answering(['list 9, library 1']), /never was/],
  ['claims to be older than its list', answering(['list 2, library 1'], { age: '30' }), /older than the list/],
  ['is a failure', answering([], {}, 503), /answered 503/],
  ['lacks what openapi.yaml promises', answering(['list 2, library 1'], { 'cache-control': 'public' }), /Cache/],
])('rejects an answer that %s', (_, answer, fault) => {
  expect(checkerFor(2).check(answer).join()).toMatch(fault)
})

it('rejects one ETag for two bodies, and two ETags for one', () => {
  const checker = checkerFor(1)
  const [first, second] = [['list 1, library 1'], ['list 1, library 2']]
  checker.check(answering(first))
  expect(checker.check(answering(second))).toEqual(['has the ETag of another body'])
  expect(checker.check(answering(first, { etag: '"two"' }))).toEqual(['has another ETag than the same body before'])
})

it('rejects an answer that understates the age of an old list', () => {
  const checker = checkerFor(2)
  const late = { ...answering(['list 1, library 1']), sentAt: performance.now() + 10_000 }
  expect(checker.check(late)).toEqual(['says it is younger than the list it shows'])
})

it('rejects a 304 that understates the age of an old list', () => {
  const checker = checkerFor(1)
  checker.check(answering(['list 1, library 1']))
  checker.begin()
  const notModified = answering([], { age: '0' }, 304)
  const late = { ...notModified, etag: '"one"', sentAt: performance.now() + 10_000 }
  late.answer.body = ''
  expect(checker.check(late)).toContain('says it is younger than the list it shows')
})

it('accepts a failure only if the vendor has been unavailable for longer than a copy may be served', () => {
  const unavailable = () => answering([], { 'content-type': 'text/plain' }, 503)
  const longLived = createAnswerChecker({ ttlMs: 60_000, staleMs: 60_000 })
  longLived.outageBegins()
  expect(longLived.check(unavailable())).toEqual(['answered 503'])
  expect(longLived.failuresPassed()).toBe(0)
  const hasty = createAnswerChecker({ ttlMs: 0, staleMs: 0 })
  hasty.outageBegins()
  expect(hasty.check(unavailable())).not.toContain('answered 503')
  expect(hasty.check(unavailable()).join()).toMatch(/is not text\/plain/)
  expect(hasty.failuresPassed()).toBe(2)
  hasty.outageEnds()
  expect(hasty.check(unavailable())).toEqual(['answered 503'])
})

it('gives every library another name in each version of the list', () => {
  const names = (version: number) => (listOf(version) as { group_name: string }[]).map((group) => group.group_name)
  expect(new Set([...names(1), ...names(2)]).size).toBe(40)
})
