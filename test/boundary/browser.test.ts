import type { Page } from 'playwright-core'
import { ensureChromium } from '../support/prepare-run.js'
import { type RunningService, startService } from '../support/service.js'
import {
  fetchFrom,
  launchBrowser,
  type PageServer,
  setSessionCookie,
  startPageServer,
  type TestBrowser,
} from './browser-on-origins.js'

const scope = 'face-groups:refresh'

let browser: TestBrowser
let allowed: PageServer
/** Another site; the same site on another port. */
let foreign: PageServer
let neighbour: PageServer
let running: RunningService
let page: Page

beforeAll(async () => {
  allowed = await startPageServer('localhost')
  foreign = await startPageServer('localhost')
  neighbour = await startPageServer('127.0.0.1')
  browser = await launchBrowser(ensureChromium())
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await Promise.all([allowed, foreign, neighbour].map((server) => server.close()))
})

/** Starts a service and, before each test, opens a page whose user is signed in. */
function onPageAt(url: () => string): void {
  beforeAll(async () => {
    running = await startService({ environment: { CORS_ORIGINS: allowed.origin, JWT_COOKIE: 'session' } })
    await setSessionCookie(browser.context, running.url, await running.token({ scope }))
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await page.close()
    await running.stop()
  })
  beforeEach(() => page.goto(url()))
}

const list = () => `${running.url}/api/face-groups`
const refresh = () => `${list()}/refresh`
const withCookie = { credentials: 'include' }
const audited = () => running.logs().filter(({ level }) => level === 'audit')
const lastAudited = () => audited().at(-1)
const calls = () => running.simulator.calls().total

async function withToken(headers = {}) {
  return { headers: { ...headers, authorization: `Bearer ${await running.token({ scope })}` }, cache: 'no-store' }
}

describe('a page of an allowed origin', () => {
  onPageAt(() => allowed.origin)

  it('reads the list with a token, after a preflight, and the headers a client needs', async () => {
    const { status, headers, body } = await fetchFrom(page, list(), await withToken())
    expect([status, JSON.parse(body).page.total]).toEqual([200, 3])
    const needed = [
      'etag',
      'age',
      'cache-status',
      'ratelimit',
      'ratelimit-policy',
      'x-request-id',
      'x-upstream-request-id',
    ]
    expect(Object.keys(headers)).toEqual(expect.arrayContaining(needed))
    expect(running.logs().some(({ method, status: sent }) => method === 'OPTIONS' && sent === 204)).toBe(true)
  })

  it('receives a 304 for a conditional request', async () => {
    const { headers } = await fetchFrom(page, list(), await withToken())
    const again = await fetchFrom(page, list(), await withToken({ 'if-none-match': headers['etag'] }))
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, '', headers['etag']])
  })

  it.each([
    ['400', '?limit=0', 'invalid_request'],
    ['404', '/none', 'not_found'],
  ])('reads the problem of a %s', async (status, path, code) => {
    const seen = await fetchFrom(page, list() + path, await withToken())
    expect([String(seen.status), JSON.parse(seen.body).code]).toEqual([status, code])
  })

  it('reads why it was rejected', async () => {
    const seen = await fetchFrom(page, list())
    expect([seen.status, JSON.parse(seen.body).code]).toEqual([401, 'unauthenticated'])
    expect(seen.headers['www-authenticate']).toMatch(/^Bearer/)
  })

  it('may refresh on behalf of its user', async () => {
    const before = calls()
    expect((await fetchFrom(page, list(), withCookie)).status).toBe(200)
    expect((await fetchFrom(page, refresh(), { ...withCookie, method: 'POST' })).status).toBe(200)
    expect(calls()).toBe(before + 1)
  })
})

describe('a page of the service itself', () => {
  onPageAt(() => `${running.url}/docs`)

  it('may refresh on behalf of its user', async () => {
    expect((await fetchFrom(page, list())).status).toBe(200)
    expect((await fetchFrom(page, refresh(), { method: 'POST' })).status).toBe(200)
  })

  it('cannot call another origin or run inline scripts', async () => {
    expect((await fetchFrom(page, allowed.origin)).status).toBe('failed')
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.injected = true'
      document.body.append(script)
      return globalThis.injected === true
    })()`)
    expect(ran).toBe(false)
  })
})

describe.each([
  ['another site', () => foreign.origin],
  ['the same site and another origin', () => neighbour.origin],
])('a page of %s', (_which, origin) => {
  onPageAt(origin)

  it('reads nothing, whatever the user may read', async () => {
    const nothing = { status: 'failed', headers: {}, body: '' }
    expect(await fetchFrom(page, list(), withCookie)).toEqual(nothing)
    expect(await fetchFrom(page, list(), { ...withCookie, mode: 'no-cors' })).toEqual(nothing)
    const asked = audited().length
    // With a custom header the request is not even sent.
    expect(await fetchFrom(page, list(), await withToken())).toEqual(nothing)
    expect(audited()).toHaveLength(asked)
  })

  it('cannot include the list as a script', async () => {
    const outcome = await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement('script')
      script.onload = () => resolve('loaded')
      script.onerror = () => resolve('failed')
      script.src = ${JSON.stringify(list())}
      document.body.append(script)
    })`)
    expect(outcome).toBe('failed')
  })

  it('cannot refresh by a script although the browser sends the cookie', async () => {
    const before = calls()
    await fetchFrom(page, refresh(), { ...withCookie, method: 'POST', mode: 'no-cors' })
    expect(lastAudited()).toMatchObject({ subject: 'dev-user', status: 403, problem: 'cross_site_request' })
    expect(calls()).toBe(before)
  })

  it('cannot refresh by a form although the browser sends the cookie', async () => {
    const before = calls()
    const answered = page.waitForResponse(refresh())
    await page.evaluate(`(() => {
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action: ${JSON.stringify(refresh())} })
      document.body.append(form)
      form.submit()
    })()`)
    expect((await answered).status()).toBe(403)
    await page.waitForURL(refresh())
    expect(lastAudited()).toMatchObject({ subject: 'dev-user', status: 403, problem: 'cross_site_request' })
    expect(calls()).toBe(before)
  })

  it('cannot frame a page of the service', async () => {
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
    await page.evaluate(`(() => {
      const frame = document.createElement('iframe')
      frame.src = ${JSON.stringify(`${running.url}/docs`)}
      document.body.append(frame)
    })()`)
    expect((await refused).text()).toContain("frame-ancestors 'none'")
  })
})
