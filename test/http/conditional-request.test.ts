import request from 'supertest'
import { matchesIfNoneMatch } from '../../src/http/conditional-request.js'
import { type RunningService, startService } from '../support/service.js'

describe('If-None-Match (RFC 9110 §13.1.2)', () => {
  it.each([
    ['the tag itself', '"a"', true],
    ['its weak form', 'W/"a"', true],
    ['a list that holds it', '"x", W/"a" ,"y"', true],
    ['any', ' * ', true],
    ['a list without it', '"x", "y"', false],
    ['a tag it is a part of', '"aa"', false],
    ['the tag without quotes', 'a', false],
    ['an empty field', '', false],
    ['garbage', '"a', false],
  ])('%s: %j', (_what, field, matches) => {
    expect(matchesIfNoneMatch(field, '"a"')).toBe(matches)
  })

  it('absent matches nothing', () => {
    expect(matchesIfNoneMatch(undefined, '"a"')).toBe(false)
  })
})

describe('a list in a content coding', () => {
  let running: RunningService
  let authorization: string
  beforeAll(async () => {
    running = await startService({ prepare: (simulator) => simulator.setLibraries({ generate: 100 }) })
    authorization = `Bearer ${await running.token()}`
  })
  afterAll(() => running.stop())
  const list = (headers: Record<string, string>) =>
    request(running.url)
      .get('/api/face-groups')
      .set({ authorization, ...headers })

  it.each([
    ['br, gzip', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=0.8, BR;q=0.8', 'br'],
    ['gzip;q=0.9, br;q=0.8', 'gzip'],
    ['br;q=0.5, *', 'gzip'],
    ['gzip, *;q=0', 'gzip'],
    ['identity, br;q=0.5', undefined],
    ['identity;q=0.5, gzip;q=0.8', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', undefined],
    ['br;q=nonsense', undefined],
    ['', undefined],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['*', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['identity', undefined],
    ['deflate', undefined],
  ])('Accept-Encoding %j is answered %s', async (accepted, coding) => {
    const response = await list({ 'accept-encoding': accepted }).expect(200)
    expect(response.headers['content-encoding']).toBe(coding)
    expect(response.body.data).toHaveLength(100)
  })

  it('has its own ETag, which is answered 304 for that coding alone', async () => {
    const plain = await list({ 'accept-encoding': 'identity' })
    const packed = await list({ 'accept-encoding': 'br' })
    expect(packed.headers.etag).not.toBe(plain.headers.etag)
    await list({ 'accept-encoding': 'br', 'if-none-match': packed.headers.etag ?? '' }).expect(304)
    await list({ 'accept-encoding': 'br', 'if-none-match': plain.headers.etag ?? '' }).expect(200)
  })
})
