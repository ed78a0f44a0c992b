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

  it.each(Object.entries(problems))('explain the problem %s to a person', async (code, { title }) => {
    const response = await open(`/problems/${code}`)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain(`<h1>${title}</h1>`)
  })

  it('know no other problem', async () => {
    expect((await open('/problems/other')).status).toBe(404)
  })

  it('give the contract as it is written, and the same as JSON', async () => {
    const written = await readFile('openapi.yaml', 'utf8')
    expect(await (await open('/openapi.yaml')).text()).toBe(written)
    expect(await (await open('/openapi.json')).json()).toEqual(parse(written))
  })

  it('allow nothing inline and nothing from elsewhere', async () => {
    const policy = (await open('/docs')).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
  })

  it('are sent again only when they changed', async () => {
    // As a browser does for a page; `fetch` would add `Cache-Control: no-cache`.
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

  it('hold no explorer where it is off', async () => {
    expect((await open('/')).status).toBe(404)
  })
})
