import { exampleGroups } from '../face-groups/fixtures.js'
import { type RunningService, startService } from '../support/service.js'

describe('GET /api/face-groups', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService()
  })
  afterAll(() => running.stop())

  it('returns the vendor’s example list by value', async () => {
    const response = await running.call('/api/face-groups')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.json()).toEqual({ data: exampleGroups, page: { limit: 100, total: 3, nextCursor: null } })
  })

  it('reports the age and source of the copy, and requires revalidation', async () => {
    const { headers } = await running.call('/api/face-groups')
    expect(Number(headers.get('age'))).toBeLessThan(60)
    expect(headers.get('cache-status')).toMatch(/^face-groups; hit; ttl=\d+$/)
    expect(headers.get('cache-control')).toBe('private, no-cache')
    expect(headers.get('x-upstream-request-id')).toMatch(/^\d+,[0-9a-f-]{36}$/)
    expect(headers.get('vary')?.toLowerCase()).toContain('authorization')
  })

  it('makes one vendor call for many requests', async () => {
    await Promise.all(Array.from({ length: 20 }, () => running.call('/api/face-groups')))
    expect(running.simulator.calls().total).toBe(1)
  })

  it('returns 304 without a body when the ETag matches', async () => {
    const first = await running.call('/api/face-groups')
    const etag = first.headers.get('etag') ?? ''
    const again = await running.call('/api/face-groups', { headers: { 'if-none-match': `W/"other", ${etag}` } })
    expect(again.status).toBe(304)
    expect(again.headers.get('etag')).toBe(etag)
    expect(again.headers.get('age')).not.toBeNull()
    expect(await again.text()).toBe('')
  })

  it('requires a token even for a conditional request', async () => {
    const response = await running.call('/api/face-groups', { authorization: null, headers: { 'if-none-match': '*' } })
    expect(response.status).toBe(401)
  })

  it('answers HEAD like GET, without the body', async () => {
    const get = await running.call('/api/face-groups')
    const head = await running.call('/api/face-groups', { method: 'HEAD' })
    expect(head.status).toBe(200)
    for (const name of ['etag', 'content-length', 'content-type'])
      expect(head.headers.get(name)).toBe(get.headers.get(name))
    expect(await head.text()).toBe('')
  })

  it('pages by cursor and links the next page', async () => {
    const first = await running.call('/api/face-groups?limit=2')
    const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await running.call(link)
    expect(((await first.json()) as { data: unknown[] }).data).toEqual(exampleGroups.slice(0, 2))
    expect(((await second.json()) as { data: unknown[] }).data).toEqual(exampleGroups.slice(2))
    expect(second.headers.get('link')).toBeNull()
  })

  it('reports every fault of a query', async () => {
    const response = await running.call('/api/face-groups?limit=0&colour=red&sort=size')
    const problem = (await response.json()) as { code: string; errors: { parameter: string }[] }
    expect(response.status).toBe(400)
    expect(problem.code).toBe('invalid_request')
    expect(problem.errors.map(({ parameter }) => parameter).toSorted()).toEqual(['colour', 'limit', 'sort'])
  })

  it.each([
    ['text/html', 406],
    ['application/json;q=0, text/html', 406],
    ['application/json;q=0, */*', 406],
    ['application/json; charset=utf-8', 200],
    ['text/html, application/*;q=0.5', 200],
    ['text/html, */*;q=0.1', 200],
  ])('answers Accept: %s with %i', async (accept, status) => {
    expect((await running.call('/api/face-groups', { headers: { accept } })).status).toBe(status)
  })

  it('rejects an edited cursor', async () => {
    const { page } = (await (await running.call('/api/face-groups?limit=1')).json()) as { page: { nextCursor: string } }
    for (const at of [3, page.nextCursor.length - 9, page.nextCursor.length - 1]) {
      const edited =
        page.nextCursor.slice(0, at) + (page.nextCursor[at] === 'A' ? 'B' : 'A') + page.nextCursor.slice(at + 1)
      expect((await running.call(`/api/face-groups?limit=1&cursor=${edited}`)).status).toBe(400)
    }
  })

  it('ignores a body, and closes the connection if its length is unknown', async () => {
    const response = await running.call('/api/face-groups/refresh', { method: 'POST', body: '{"ignored":true}' })
    expect([200, 403]).toContain(response.status)
  })
})

describe('GET /api/face-groups/{groupId}', () => {
  let running: RunningService
  const strange = ['with/slash', 'per%cent', 'a space', '😀', 'x'.repeat(1000), 'refresh', '..']
  beforeAll(async () => {
    running = await startService({
      prepare: (simulator) =>
        simulator.setLibraries({
          groupInfos: strange.map((group_id) => ({
            group_id,
            group_name: 'strange',
            group_data: '',
            model_version: 's21',
            add_time: '2026-01-27T14:19:01+08:00',
          })),
        }),
    })
  })
  afterAll(() => running.stop())

  it.each(strange.filter((id) => id !== '..'))('finds the group with the id %j', async (id) => {
    const response = await running.call(`/api/face-groups/${encodeURIComponent(id)}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ id, createdAt: '2026-01-27T06:19:01Z' })
  })

  it('returns 304 when the ETag matches', async () => {
    const first = await running.call('/api/face-groups/refresh')
    const again = await running.call('/api/face-groups/refresh', {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
  })

  it('accepts no parameters', async () => {
    const response = await running.call('/api/face-groups/refresh?limit=1')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ parameter: 'limit' }] })
  })

  it('returns 404 for an unknown group', async () => {
    const response = await running.call('/api/face-groups/nobody')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'not_found', instance: '/api/face-groups/nobody' })
  })

  it('returns 400 for a path that cannot be decoded', async () => {
    const response = await running.call('/api/face-groups/%E0%A4%A')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid_request' })
  })
})

describe('POST /api/face-groups/refresh', () => {
  let running: RunningService
  beforeEach(async () => {
    running = await startService()
  })
  afterEach(() => running.stop())
  const refresh = async () => {
    const token = await running.token({ scope: 'face-groups:refresh' })
    return running.call('/api/face-groups/refresh', { method: 'POST', authorization: `Bearer ${token}` })
  }

  it('returns the first page of a newly fetched list', async () => {
    running.simulator.setLibraries({ generate: 1 })
    const response = await refresh()
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-status')).toMatch(/^face-groups; fwd=request; stored/)
    expect(((await response.json()) as { page: { total: number } }).page.total).toBe(1)
    expect(running.simulator.calls().total).toBe(2)
  })

  it('is allowed once per window', async () => {
    await refresh()
    const again = await refresh()
    expect(again.status).toBe(429)
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(again.headers.get('ratelimit')).toMatch(/"refresh";r=0;t=\d+/)
    expect(again.headers.get('ratelimit-policy')).toContain('"refresh";q=1;w=5')
    expect(await again.json()).toMatchObject({ code: 'rate_limited' })
    expect(running.simulator.calls().total).toBe(2)
  })

  it('is forbidden without the scope', async () => {
    const response = await running.call('/api/face-groups/refresh', { method: 'POST' })
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('insufficient_scope')
    expect(running.simulator.calls().total).toBe(1)
  })
})
