import { accountOf } from '../../src/compose-cache.js'
import { fixedSecret } from '../../src/secret.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { type FinAuthSimulator, demoAccount, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { type RunningService, startService } from '../support/service.js'

// Content that other clients leave under the keys in Redis must not determine answers.

let redis: RedisServer
let vendor: FinAuthSimulator
let running: RunningService
beforeAll(async () => {
  ;[redis, vendor] = await Promise.all([startRedisServer(), startFinAuthSimulator()])
})
afterEach(async () => {
  await running.stop()
  await redis.cli('FLUSHALL')
})
afterAll(async () => {
  await Promise.all([vendor.close(), stopRedisServers()])
})

const keyOf = (name: string): string => {
  const [apiKey, apiSecret] = [fixedSecret(demoAccount.apiKey), fixedSecret(demoAccount.apiSecret)]
  return `{face-groups}:${accountOf({ baseUrl: vendor.url, primary: { apiKey, apiSecret } })}:${name}`
}
const start = () => startService({ environment: { REDIS_URL: redis.url, FINAUTH_BASE_URL: vendor.url } })

it.each(['unauthenticated', 'internal', 'Rubbish!'])(
  'a forged backoff with the code %j is answered 503',
  async (code) => {
    await redis.cli('SET', keyOf('backoff'), `60000 ${code}`, 'PX', '60000')
    running = await start()
    const response = await running.call('/api/face-groups')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'upstream_unavailable' })
    expect(running.logs().filter(({ level }) => level === 'error')).toEqual([])
  },
)

it('a lease that is longer than any real one is ignored', async () => {
  await redis.cli('SET', keyOf('lease'), '6600000 rubbish', 'PX', '6600000')
  running = await start()
  expect((await running.call('/api/face-groups')).status).toBe(200)
})
