import { setTimeout as delay } from 'node:timers/promises'
import { type BuiltService, buildService } from '../support/built-service.js'
import { freePort, type RedisServer, startRedisServer } from '../support/redis-server.js'
import { useSimulator } from '../support/upstream.js'
import { demoAccount } from '../../simulator/finauth-simulator.js'
import { describeWithProgram } from './describe-with-program.js'
import { type Gateway, gatewaySecret, startGateway } from '../support/gateway.js'
import { leakDetector } from '../support/leak-detector.js'
import { createReplicaProcess, type ReplicaProcess } from '../support/replicas.js'

describeWithProgram('nginx', 'a rolling restart of three replicas behind the gateway', (nginx) => {
  const simulator = useSimulator()
  let built: BuiltService
  let redis: RedisServer
  let replicas: ReplicaProcess[]
  let gateway: Gateway

  beforeAll(async () => {
    ;[built, redis] = await Promise.all([buildService(), startRedisServer()])
    const ports: number[] = []
    replicas = []
    for (const secret of [demoAccount.apiKey, demoAccount.apiSecret, gatewaySecret])
      leakDetector.forbid('a secret', secret)
    for (const name of ['first', 'second', 'third']) {
      const [port, adminPort] = [await freePort(), await freePort()]
      const main = built.entryPoint('main.js')
      const readyPath = '/health/ready'
      replicas.push(
        createReplicaProcess({ name, main, port, adminPort, environment: environment(), readyPath, leakDetector }),
      )
      ports.push(port)
    }
    await Promise.all(replicas.map((replica) => replica.start()))
    gateway = await startGateway({ nginx, replicas: ports })
  }, 120_000)
  afterAll(async () => {
    await gateway.stop()
    await Promise.all(replicas.map((replica) => replica.terminate()))
    await redis.stop()
  })

  it('loses no request, ends every replica cleanly, and causes no vendor call', async () => {
    const load = startLoad({ clients: 8 })
    const exitCodes: (number | null)[] = []
    for (const replica of replicas) {
      await load.answers(100)
      exitCodes.push(await replica.terminate())
      await load.answers(100)
      await replica.start()
    }
    const statuses = await load.stop()
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(exitCodes).toEqual([0, 0, 0])
    expect(simulator().calls().total).toBe(0)
  }, 120_000)

  /** Callers through the gateway, each on its own connection, that leave the replicas enough CPU time to start. */
  function startLoad({ clients }: { clients: number }) {
    const statuses: number[] = []
    const waiting: { at: number; resolve: () => void }[] = []
    const stopping = new AbortController()
    const loops = Array.from({ length: clients }, async () => {
      while (!stopping.signal.aborted) {
        statuses.push((await gateway.call('/api/face-groups')).status)
        await delay(10)
        for (const { resolve } of waiting.filter(({ at }) => at <= statuses.length)) resolve()
      }
    })
    return {
      /** Resolves after this many further answers. */
      answers: (count: number) =>
        new Promise<void>((resolve) => waiting.push({ at: statuses.length + count, resolve })),
      async stop(): Promise<number[]> {
        stopping.abort()
        await Promise.all(loops)
        return statuses
      },
    }
  }

  function environment(): Record<string, string> {
    return {
      FINAUTH_BASE_URL: simulator().url,
      FINAUTH_API_KEY: demoAccount.apiKey,
      FINAUTH_API_SECRET: demoAccount.apiSecret,
      REDIS_URL: redis.url,
      CACHE_TTL_SECONDS: '3600',
      AUTH_MODE: 'gateway',
      GATEWAY_SECRET: gatewaySecret,
      RATE_LIMIT_PER_MINUTE: '0',
    }
  }
})
