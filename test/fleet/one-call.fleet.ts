import { type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { waitFor } from '../support/wait-for.js'
import { type BuiltService, buildService } from '../support/built-service.js'
import { leakDetector } from '../support/leak-detector.js'
import { type ProcessFleet, prepareFleet } from '../support/replicas.js'
import { type RedisServer, startRedisServer } from '../support/redis-server.js'

// The main guarantee of the design, with processes as they are deployed.

const size = 8
const requestsEach = 250
let built: BuiltService
let redis: RedisServer
let simulator: FinAuthSimulator
let fleet: ProcessFleet

beforeAll(async () => {
  ;[built, redis, simulator] = await Promise.all([buildService(), startRedisServer(), startFinAuthSimulator()])
  const longTimeouts = { FINAUTH_TIMEOUT_MS: '60000', FINAUTH_DEADLINE_MS: '60000' }
  fleet = await prepareFleet({
    main: built.entryPoint('main.js'),
    size,
    vendorPort: simulator.port,
    leakDetector,
    environment: { REDIS_URL: redis.url, CACHE_REFRESH_BACKOFF_SECONDS: '1', ...longTimeouts },
  })
}, 60_000)
afterAll(async () => {
  await fleet.stop()
  await Promise.all([redis.stop(), simulator.close()])
}, 30_000)

it('makes one call for 2 000 requests to 8 cold processes', async () => {
  const answers = await meetColdProcesses()
  expect(answers).toHaveLength(size * requestsEach)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  const { total, accepted } = simulator.calls()
  expect(accepted).toBe(total)
  // A replica that a busy machine disconnects from Redis calls for itself, as intended.
  expect(total).toBeLessThanOrEqual(1 + fleet.lossesOfRedis())
}, 120_000)

it('serves a list fetched by one process from the seven others', async () => {
  const [first, ...others] = fleet.replicas
  for (let round = 1; round <= 5; round += 1) {
    simulator.setLibraries({ generate: round })
    const refreshed = await waitFor(
      async () => {
        const answer = await fleet.ask(first!, { method: 'POST', path: '/api/face-groups/refresh' })
        return answer.status === 200 ? { etag: answer.headers.etag } : null
      },
      { timeoutMs: 30_000 },
    )
    await Promise.all(
      others.map((replica) =>
        waitFor(async () => ((await fleet.ask(replica)).headers.etag === refreshed.etag ? true : null), {
          timeoutMs: 30_000,
        }),
      ),
    )
  }
}, 120_000)

async function meetColdProcesses() {
  simulator.reset()
  fleet.forgetLosses()
  for (const proxy of fleet.proxies) proxy.holdUp()
  for (const replica of fleet.replicas) await replica.start()
  const asked = fleet.replicas.flatMap((replica) => Array.from({ length: requestsEach }, () => fleet.ask(replica)))
  // nobody can be answered yet, so connected clients wait
  await waitFor(() => fleet.replicas.every((replica) => replica.descriptors() > requestsEach) || null, {
    timeoutMs: 60_000,
  })
  expect(simulator.calls().total).toBe(0)
  await Promise.all(fleet.proxies.map((proxy) => proxy.restore()))
  return Promise.all(asked)
}
