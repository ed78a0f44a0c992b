import { parse } from 'yaml'
import { readFile } from 'node:fs/promises'
import request from 'supertest'
import { problems } from '../../src/http/problem.js'
import { type RunningService, startService } from '../support/service.js'

describe('the pages', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService()
  })
  afterAll(() => running.stop())
  const open = (path: string, headers = {}) => running.call(path, { authorization: null, headers })

  it.each(Object.entries(problems))('explain the problem %s', async (code, { title }) => {
    const response = await open(`/problems/${code}`)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain(`<h1>${title}: what it means, what to do</h1>`)
  })

  it('are one small page for every unknown path that a browser opens', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const response = await fetch(`${running.url}/nope`, { headers: { accept } })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    expect(response.headers.get('content-security-policy')).toContain("style-src 'self'")
    expect([response.headers.get('cache-control'), response.headers.get('vary')]).toEqual(['no-store', 'Accept'])
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await response.text()).toContain('<h1>Page not found</h1>')
    expect(running.logs().at(-1)).toMatchObject({ route: '(none)', status: 404, problem: 'not_found' })
  })

  it.each(['*/*', 'application/json', 'application/problem+json'])(
    'use problem+json for an unknown path with Accept: %s',
    async (accept) => {
      const response = await open('/nope', { accept })
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'")
    },
  )

  it('do not explain unknown problems', async () => {
    expect((await open('/problems/other')).status).toBe(404)
  })

  it('serve the contract unmodified, and the same as JSON', async () => {
    const written = await readFile('openapi.yaml', 'utf8')
    expect(await (await open('/openapi.yaml')).text()).toBe(written)
    expect(await (await open('/openapi.json')).json()).toEqual(parse(written))
  })

  it('allow nothing inline and nothing from other origins', async () => {
    const policy = (await open('/docs')).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
  })

  it('are sent again only when they changed', async () => {
    // Like a browser does for a page; `fetch` would add `Cache-Control: no-cache`.
    const first = await request(running.url).get('/docs')
    const again = await request(running.url)
      .get('/docs')
      .set('if-none-match', first.headers['etag'] ?? '')
    expect([first.status, again.status]).toEqual([200, 304])
  })

  it('answer other methods with 405', async () => {
    const response = await running.call('/docs', { method: 'POST', authorization: null })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
  })

  it('do not include the explorer if it is off', async () => {
    expect((await open('/')).status).toBe(404)
  })
})
