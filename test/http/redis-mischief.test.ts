import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { type RunningService, startService } from '../support/service.js'

// What others leave under the keys in Redis must not choose our answers.

let redis: RedisServer
let running: RunningService
beforeAll(async () => {
  redis = await startRedisServer()
})
afterEach(async () => {
  await running.stop()
  await redis.cli('FLUSHALL')
})
afterAll(stopRedisServers)

it.each(['unauthenticated', 'internal', 'Rubbish!'])('a backoff said to be for %j is answered 503', async (code) => {
  await redis.cli('SET', '{face-groups}:backoff', code, 'PX', '60000')
  running = await startService({ environment: { REDIS_URL: redis.url } })
  const response = await running.call('/api/face-groups')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'upstream_unavailable' })
  expect(running.logs().filter(({ level }) => level === 'error')).toEqual([])
})

it('a lease that nobody would hold for so long is taken for none', async () => {
  await redis.cli('SET', '{face-groups}:lease', 'rubbish', 'PX', '6600000')
  running = await startService({ environment: { REDIS_URL: redis.url } })
  expect((await running.call('/api/face-groups')).status).toBe(200)
})
