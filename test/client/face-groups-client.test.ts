import { createFaceGroupsClient, type FaceGroup, FaceGroupsProblem } from '../../client/src/face-groups-client.js'
import { type RunningService, startService } from '../support/service.js'
import { connect, library } from './connect.js'

const ids = ['with/slash', 'per%cent', '%2F', 'a space', '?q=1#x', '😀', 'x'.repeat(1000), 'refresh']

describe('the client', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService({
      prepare: (simulator) => simulator.setLibraries({ groupInfos: ids.map((id) => library(id)) }),
    })
  })
  afterAll(() => running.stop())

  it('lists a page, with the source of the answer', async () => {
    const { client } = await connect(running)
    const { data, page, facts } = await client.list({ limit: 2, sort: 'id' })
    expect(data.map(({ id }) => id)).toEqual(['%2F', '?q=1#x'])
    expect(page.total).toBe(ids.length)
    expect(facts).toMatchObject({ source: 'hit', changed: true, ageSeconds: expect.any(Number) })
    expect(facts.upstreamRequestId).not.toBeNull()
  })

  it('revalidates by ETag and returns the same data', async () => {
    const { client, statuses } = await connect(running)
    const first = await client.list({ q: 'name', limit: 5 })
    const second = await client.list({ limit: 5, q: 'name' })
    expect(statuses).toEqual([200, 304])
    expect(second.data).toBe(first.data)
    expect(second.facts.changed).toBe(false)
  })

  it.each(ids)('gets the group %j', async (id) => {
    const { client } = await connect(running)
    expect((await client.get(id)).data.id).toBe(id)
  })

  it.each(['', '.', '..'])('rejects the id %j, which cannot be part of a URL', async (id) => {
    const { client } = await connect(running)
    await expect(client.get(id)).rejects.toThrow('cannot be part of a URL')
  })

  it('iterates over every group of every page', async () => {
    const { client, statuses } = await connect(running)
    const found: FaceGroup[] = []
    for await (const group of client.iterate({ limit: 3, sort: '-name' })) found.push(group)
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(ids))
    expect(found).toHaveLength(ids.length)
    expect(statuses).toHaveLength(3)
  })

  it('does not fetch pages that the loop does not reach', async () => {
    const { client, statuses } = await connect(running)
    for await (const group of client.iterate({ limit: 1 })) if (group.id === 'with/slash') break
    expect(statuses).toHaveLength(1)
  })

  it('rejects with the problem and its code', async () => {
    const { client } = await connect(running)
    const problem = await client.get('nobody').catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(FaceGroupsProblem)
    expect(problem).toMatchObject({ code: 'not_found', status: 404, requestId: expect.any(String), errors: [] })
  })

  it('reports every fault of a query', async () => {
    const { client } = await connect(running)
    const problem = client.list({ limit: 5000, createdAfter: 'yesterday' })
    await expect(problem).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ parameter: 'limit' }, { parameter: 'createdAfter' }],
    })
  })

  it('rejects with the problem `unauthenticated` without a token', async () => {
    const client = createFaceGroupsClient({ baseUrl: running.url })
    await expect(client.list()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 })
  })

  it('rejects with the reason of its signal', async () => {
    const { client } = await connect(running)
    const reason = new Error('no longer wanted')
    await expect(client.list({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('rejects with the problem `unreachable` when nothing listens at the URL', async () => {
    const gone = await startService()
    const { client } = await connect(gone)
    await gone.stop()
    await expect(client.list()).rejects.toMatchObject({ code: 'unreachable', status: 0, requestId: null })
  })

  it('refreshes the list, and reports how long to wait after a recent refresh', async () => {
    const { client } = await connect(running)
    expect((await client.refresh()).facts.source).toBe('refresh')
    const problem: unknown = await client.refresh().catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) })
  })
})
