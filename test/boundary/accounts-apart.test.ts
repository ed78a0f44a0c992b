import { type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { waitFor } from '../support/wait-for.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { type RunningService, startService, type StartServiceOptions } from '../support/service.js'

// Different accounts or regions are separate fleets, even with one Redis, one prefix and one encryption key.

const scope = 'face-groups:refresh'
const account = { name: 'other', apiKey: 'the-key-of-another-account', apiSecret: 'the-secret-of-another-account' }
const next = { name: 'next', apiKey: 'the-key-that-comes-next', apiSecret: 'the-secret-that-comes-next' }
const standby = { FINAUTH_STANDBY_API_KEY: next.apiKey, FINAUTH_STANDBY_API_SECRET: next.apiSecret }

let redis: RedisServer
let vendor: FinAuthSimulator
const running: RunningService[] = []
const closing: FinAuthSimulator[] = []
beforeEach(async () => {
  redis = await startRedisServer()
  vendor = await startFinAuthSimulator()
  vendor.putAccount(account)
})
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop()
  for (const simulator of [vendor, ...closing.splice(0)]) await simulator.close()
  await stopRedisServers()
})

async function start(environment: StartServiceOptions['environment'] = {}): Promise<RunningService> {
  const common = {
    REDIS_URL: redis.url,
    CACHE_ENCRYPTION_KEY: 'one encryption key for every deployment',
    FINAUTH_BASE_URL: vendor.url,
  }
  const service = await startService({ environment: { ...common, ...environment } })
  running.push(service)
  return service
}

const others = { FINAUTH_API_KEY: account.apiKey, FINAUTH_API_SECRET: account.apiSecret }
const refresh = async (service: RunningService) =>
  service.call('/api/face-groups/refresh', {
    method: 'POST',
    authorization: `Bearer ${await service.token({ scope })}`,
  })

it('two accounts of one region each fetch their own list', async () => {
  await start()
  expect(vendor.calls().total).toBe(1)
  const other = await start(others)
  expect((await other.call('/api/face-groups')).status).toBe(200)
  expect(vendor.calls().total).toBe(2)
})

it('one account in two regions fetches a list from each', async () => {
  await start()
  const elsewhere = await startFinAuthSimulator()
  closing.push(elsewhere)
  await start({ FINAUTH_BASE_URL: elsewhere.url })
  expect(elsewhere.calls().total).toBe(1)
})

it('a refresh of one account does not affect the refresh window or the replicas of the other', async () => {
  const first = await start()
  const other = await start(others)
  expect((await refresh(other)).status).toBe(200)
  const before = vendor.calls().total
  expect((await refresh(first)).status).toBe(200)
  expect(vendor.calls().total).toBe(before + 1)
})

it('rejected credentials of one account do not stop the refreshes of the other', async () => {
  const stranger = await start({ FINAUTH_API_SECRET: 'a-secret-that-is-refused' })
  expect((await stranger.call('/api/face-groups')).status).toBe(502)
  const healthy = await start()
  expect((await healthy.call('/api/face-groups')).status).toBe(200)
  expect((await refresh(healthy)).status).toBe(200)
})

it('no key name in Redis contains the API key, and all match the documented ACL pattern', async () => {
  await start()
  await start(others)
  const names = (await redis.cli('KEYS', '*')).split('\n').filter((name) => !name.endsWith(':probe'))
  expect(names.length).toBeGreaterThanOrEqual(4)
  for (const name of names) expect(name).toMatch(/^\{face-groups\}:[\w-]{22}:[a-z]+$/)
  expect(new Set(names.map((name) => name.split(':')[1])).size).toBe(2)
})

it('replicas on the standby pair stay one fleet, including those started meanwhile', async () => {
  vendor.putAccount(next)
  const first = await start(standby)
  vendor.removeAccount('demo')
  expect((await refresh(first)).status).toBe(200)
  const before = vendor.calls().accepted
  const second = await start(standby)
  expect((await second.call('/api/face-groups')).status).toBe(200)
  expect(vendor.calls().accepted).toBe(before)
  vendor.setLibraries({ generate: 7 })
  // Not more often: polling without a pause would use up the caller's quota before the window has passed.
  await waitFor(async () => (await refresh(second)).status === 200, { intervalMs: 500, timeoutMs: 30_000 })
  await waitFor(
    async () => {
      const { page } = (await (await first.call('/api/face-groups')).json()) as { page: { total: number } }
      return page.total === 7 || null
    },
    { intervalMs: 100, timeoutMs: 30_000 },
  )
}, 60_000)
