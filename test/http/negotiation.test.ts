import request from 'supertest'
import { type RunningService, startService } from '../support/service.js'

describe('If-None-Match (RFC 9110 §13.1.2)', () => {
  let running: RunningService
  let etag: string
  let authorization: string
  beforeAll(async () => {
    running = await startService()
    authorization = `Bearer ${await running.token()}`
    etag = (await list()).headers['etag'] ?? ''
  })
  afterAll(() => running.stop())
  const list = (headers = {}) =>
    request(running.url)
      .get('/api/face-groups')
      .set({ authorization, ...headers })

  it.each([
    ['the tag itself', (tag: string) => tag, 304],
    ['its weak form', (tag: string) => `W/${tag}`, 304],
    ['a list that has it', (tag: string) => `"x", W/${tag} ,"y"`, 304],
    ['any', () => ' * ', 304],
    ['a list without it', () => '"x", "y"', 200],
    ['a tag that begins with it', (tag: string) => tag.replace(/"$/, 'a"'), 200],
    ['the tag without quotes', (tag: string) => tag.replaceAll('"', ''), 200],
    ['an empty field', () => '', 200],
    ['garbage', (tag: string) => tag.slice(0, -1), 200],
  ])('%s', async (_what, field, status) => {
    const response = await list({ 'if-none-match': field(etag) })
    expect([response.status, response.text.length > 0]).toEqual([status, status === 200])
    expect(response.headers['etag']).toBe(etag)
  })

  it('decides even if fetch adds Cache-Control: no-cache', async () => {
    const response = await list({ 'if-none-match': etag, 'cache-control': 'no-cache', pragma: 'no-cache' })
    expect(response.status).toBe(304)
  })

  it('is answered for HEAD like for GET', async () => {
    const head = request(running.url).head('/api/face-groups').set({ authorization, 'if-none-match': etag })
    expect((await head).status).toBe(304)
  })
})

describe('Accept', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService()
  })
  afterAll(() => running.stop())

  it.each([
    ['*/*', 200],
    ['application/json', 200],
    ['APPLICATION/JSON', 200],
    ['application/*;q=0.1', 200],
    ['application/json; charset=utf-8', 200],
    ['text/html, application/json;q=0.5', 200],
    ['text/html', 406],
    ['application/json;q=0', 406],
    ['application/xml', 406],
  ])('%j is answered %i', async (accept, status) => {
    expect((await running.call('/api/face-groups', { headers: { accept } })).status).toBe(status)
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

  it('has its own ETag, which is answered 304 for that coding only', async () => {
    const plain = await list({ 'accept-encoding': 'identity' })
    const packed = await list({ 'accept-encoding': 'br' })
    expect(packed.headers.etag).not.toBe(plain.headers.etag)
    await list({ 'accept-encoding': 'br', 'if-none-match': packed.headers.etag ?? '' }).expect(304)
    await list({ 'accept-encoding': 'br', 'if-none-match': plain.headers.etag ?? '' }).expect(200)
  })
})
