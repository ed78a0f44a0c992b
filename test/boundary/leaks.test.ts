import { demoAccount } from '../../simulator/finauth-simulator.js'
import { leakDetector, createLeakDetector } from '../support/leak-detector.js'
import { redisContents, type RedisServer, startRedisServer } from '../support/redis-server.js'
import { type RunningService, startService } from '../support/service.js'

let redis: RedisServer
let running: RunningService
beforeAll(async () => {
  redis = await startRedisServer()
  const environment = { REDIS_URL: redis.url, LOG_LEVEL: 'trace', JWT_COOKIE: 'session' }
  running = await startService({ environment })
})
afterAll(() => redis.stop())

/** Requests every route, with the token in every place where one might be sent. */
async function askForEverything(): Promise<void> {
  const token = await running.token({ scope: 'face-groups:refresh' })
  const misplaced = {
    'x-request-id': token,
    cookie: `session=${token}`,
    traceparent: token,
    referer: `https://x/?t=${token}`,
  }
  for (const authorization of [`Bearer ${token}`, `Bearer ${token}x`, `Basic ${token}`, null]) {
    for (const path of [
      '/api/face-groups',
      '/api/face-groups?limit=0',
      '/api/face-groups/none',
      '/nothing',
      '/health',
    ]) {
      await running.call(path, { authorization, headers: misplaced })
    }
    await running.call('/api/face-groups/refresh', { method: 'POST', authorization, headers: misplaced })
  }
  running.simulator.set('authentication_error')
  await running.call('/api/face-groups/refresh', { method: 'POST', authorization: `Bearer ${token}` })
  await fetch(`${running.adminUrl}/metrics`)
  await fetch(`${running.adminUrl}/health`)
}

it('no log, metric, answer or Redis value contains a secret, wherever a token was sent', async () => {
  await askForEverything()
  await running.stop()
  expect(leakDetector.leaks()).toEqual([])
  expect(leakDetector.recorded('a log line')).toBeGreaterThan(20)
  expect(leakDetector.recorded('a response')).toBeGreaterThan(20)
  expect(leakDetector.recorded('Redis')).toBe(1)
})

it('the whole content of Redis is checked, so that a secret there would be found', async () => {
  expect(await redisContents(redis.url)).toContain('face-groups')
  await redis.cli('SET', 'planted', demoAccount.apiSecret)
  await redis.cli('HSET', 'planted-deeper', 'field', 'a=key&b=1530762218&c=1530762118&d=0799687066')
  const own = createLeakDetector()
  own.forbid('the API secret', demoAccount.apiSecret)
  own.record('Redis', await redisContents(redis.url))
  expect(own.leaks()).toEqual(['the API secret in Redis', 'a sign in Redis'])
})
