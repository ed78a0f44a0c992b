import express from 'express'
import request from 'supertest'
import { defaultListQuery } from '../../src/face-groups/query.js'
import { createSnapshot, type Snapshot } from '../../src/face-groups/snapshot.js'
import { type CacheResult, requestContext } from '../../src/http/request-context.js'
import { createRepresentationSender } from '../../src/http/send-representation.js'
import { sampleGroup } from '../face-groups/fixtures.js'

const send = createRepresentationSender({ ttlMs: 60_000, vary: 'accept' })
const groups = [sampleGroup({ id: 'a' }), sampleGroup({ id: 'b' })]
const older = await createSnapshot({ groups, upstreamRequestId: 'call-1' })
const newer = await createSnapshot({ groups, upstreamRequestId: 'call-2', previous: older })
const nobodys = await createSnapshot({ groups, upstreamRequestId: null, previous: newer })

type Asked = {
  readonly snapshot: Snapshot
  readonly limit: number
  readonly ageMs: number
  readonly result: CacheResult
}

async function answerTo({ snapshot, limit, ageMs, result }: Asked) {
  const app = express()
  const giveContext = requestContext({ onEnd() {} })
  app.use((asking, response, next) => {
    giveContext(asking, response)
    next()
  })
  app.get('/', async (asking, response) => {
    const representation = await snapshot.list({ ...defaultListQuery, limit }, null)
    const copy = { value: snapshot, ageMs, freshness: result === 'stale' ? ('stale' as const) : ('fresh' as const) }
    send(asking, response, { representation, copy, result })
  })
  const { headers, body } = await request(app).get('/')
  const { etag, age, 'cache-status': status, 'x-upstream-request-id': call } = headers
  return { etag, age, status, call, shown: (body as { data: unknown[] }).data.length }
}

it('each answer speaks of its own representation, call and moment, whatever was answered just before', async () => {
  const first: Asked = { snapshot: older, limit: 100, ageMs: 1999, result: 'fresh' }
  const list = await answerTo(first)
  expect(list).toMatchObject({ age: '1', status: 'face-groups; hit; ttl=59', call: 'call-1', shown: 2 })
  expect(await answerTo({ ...first, ageMs: 2000 })).toEqual({ ...list, age: '2', status: 'face-groups; hit; ttl=58' })
  const page = await answerTo({ ...first, limit: 1 })
  expect(page).toMatchObject({ age: '1', shown: 1 })
  expect(page.etag).not.toBe(list.etag)
  expect(await answerTo(first)).toEqual(list)
  expect(await answerTo({ ...first, snapshot: newer })).toEqual({ ...list, call: 'call-2' })
  expect(await answerTo({ ...first, snapshot: nobodys })).toEqual({ ...list, call: undefined })
  expect(await answerTo({ ...first, result: 'miss' })).toMatchObject({
    status: 'face-groups; fwd=miss; stored; ttl=59',
  })
  expect(await answerTo({ ...first, result: 'stale' })).toMatchObject({
    status: 'face-groups; hit; ttl=59; detail=stale',
  })
  expect(await answerTo(first)).toEqual(list)
})
