import { type RunningService, startService } from '../support/service.js'

const app = 'https://app.example.test'
const evil = 'https://evil.example.test'
const scope = 'face-groups:refresh'

let running: RunningService

beforeAll(async () => {
  running = await startService({ environment: { CORS_ORIGINS: app, JWT_COOKIE: 'session' } })
})
afterAll(() => running.stop())

/** Whether the guard let the refresh through, whatever the refresh then returned. */
async function outcome(proof: 'cookie' | 'token', headers: Record<string, string>): Promise<string> {
  const token = await running.token({ scope })
  const response = await running.call('/api/face-groups/refresh', {
    method: 'POST',
    authorization: proof === 'token' ? `Bearer ${token}` : null,
    headers: { ...headers, ...(proof === 'cookie' && { cookie: `session=${token}` }) },
  })
  if (response.status !== 403) return 'through'
  const { code } = (await response.json()) as { code: string }
  return code
}

const refused = 'cross_site_request'

describe('a refresh', () => {
  it.each([
    ['a same-origin page', { 'sec-fetch-site': 'same-origin' }, 'through', 'through'],
    ['a page of an allowed origin', { 'sec-fetch-site': 'cross-site', origin: app }, 'through', 'through'],
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: evil }, refused, refused],
    ['a page of a sibling domain', { 'sec-fetch-site': 'same-site', origin: 'https://x.test' }, refused, refused],
    ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }, refused, refused],
    ['a user, not a page', { 'sec-fetch-site': 'none' }, 'through', 'through'],
    ['a browser with an unknown value', { 'sec-fetch-site': 'anything' }, refused, refused],
    ['an older browser on another origin', { origin: evil }, refused, refused],
    ['an older browser on an allowed origin', { origin: app }, 'through', 'through'],
    ['a program', {}, 'through', 'through'],
  ])('of %s %j: with a cookie %s, with a token %s', async (_name, headers, byCookie, byToken) => {
    expect([await outcome('cookie', headers), await outcome('token', headers)]).toEqual([byCookie, byToken])
  })

  it('of an older browser on a same-origin page is accepted', async () => {
    expect(await outcome('cookie', { origin: running.url })).toBe('through')
  })

  it('is rejected from our host name with another scheme', async () => {
    expect(await outcome('cookie', { origin: running.url.replace('http:', 'https:') })).toBe(refused)
  })

  it('does not run if it is rejected', async () => {
    const before = running.simulator.calls().total
    await outcome('cookie', { 'sec-fetch-site': 'cross-site', origin: evil })
    expect(running.simulator.calls().total).toBe(before)
  })
})

it('reading is not guarded, because no other site can read the answer', async () => {
  const headers = { cookie: `session=${await running.token()}`, 'sec-fetch-site': 'cross-site' }
  expect((await running.call('/api/face-groups', { authorization: null, headers })).status).toBe(200)
})
