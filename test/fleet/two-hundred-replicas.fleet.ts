import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../src/clock.js'
import { createSnapshotCache } from '../../src/snapshot-cache/snapshot-cache.js'
import type { RefreshFailedError, SnapshotCache } from '../../src/snapshot-cache/types.js'
import { type Call, createCallLog } from '../snapshot-cache/call-log.js'
import { createRandom } from '../faults/random-inputs.js'
import { type KillableStore, killableStore } from '../snapshot-cache/killable-store.js'
import { openStore, recordEvents } from '../snapshot-cache/fixtures.js'
import { startRedisServer, stopRedisServers } from '../support/redis-server.js'

const [REPLICAS, TTL_MS, ATTEMPT_MS, LOAD_MS, DEATHS, ANSWERS] = [200, 400, 2_000, 4_000, 20, 3]

interface Replica {
  readonly cache: SnapshotCache<number>
  readonly line: KillableStore<number>
  /** The call in progress that has not been published yet. */
  open: Call | null
}

afterAll(stopRedisServers)

async function simulate(seed: number) {
  const redis = await startRedisServer()
  const random = createRandom(seed)
  const log = createCallLog({ clock: systemClock })
  const replicas: Replica[] = []
  const dying: Promise<void>[] = []
  const arriving: Promise<void>[] = []
  let failures = 0

  async function arrive(id: number): Promise<void> {
    const line = killableStore(openStore<number>({ url: redis.url, keyPrefix: 'fleet' }))
    const events = {
      ...recordEvents(),
      refreshed(outcome: string) {
        if (outcome === 'succeeded') replica.open = null
      },
    }
    const cache = createSnapshotCache<number>({
      async origin(signal) {
        const call = log.begin(id)
        replica.open = call
        await delay(5 + 35 * random(), undefined, { signal })
        log.end(call, 'answered')
        return { value: call.number }
      },
      classify: () => ({ code: 'failed', retryable: true }),
      ttlMs: TTL_MS,
      staleMs: 60_000,
      backoffMs: 200,
      attemptTimeoutMs: ATTEMPT_MS,
      deadlineMs: 10_000,
      store: line.store,
      random,
      events,
    })
    const replica: Replica = { cache, line, open: null }
    await cache.start()
    replicas.push(replica)
  }
  function killReplica(): void {
    const [dead] = replicas.splice(Math.floor(random() * replicas.length), 1)
    if (dead === undefined) return
    if (dead.open !== null) log.end(dead.open, 'lost')
    dead.line.cut()
    dying.push(dead.cache.close())
  }

  // a few at a time: two hundred concurrent handshakes in one process would delay each other
  for (let id = 0; id < REPLICAS; id += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => arrive(id + index)))
  }
  const begin = performance.now()
  let nextId = REPLICAS
  const answered = () => log.calls.filter(({ outcome }) => outcome === 'answered').length
  const isOver = () => performance.now() - begin >= LOAD_MS && dying.length > DEATHS && answered() > ANSWERS
  // longer if a busy machine takes fewer steps or calls are lost in a row: enough must have happened
  for (let step = 0; !isOver(); step += 1) {
    for (let request = 0; request < 20; request += 1) {
      const { cache } = replicas[Math.floor(random() * replicas.length)]!
      cache.get().catch((error: RefreshFailedError) => {
        // Requests that wait at a killed replica are lost with it.
        if (error.code !== 'closed') failures += 1
      })
    }
    if (step % 5 === 0) killReplica()
    if (step % 5 === 2) arriving.push(arrive(nextId++))
    // a lease holder, if there is one, is killed during its call now and then
    const holder = replicas.findIndex(({ open }) => open !== null)
    if (holder >= 0 && random() < 0.1) {
      const [dead] = replicas.splice(holder, 1)
      log.end(dead!.open!, 'lost')
      dead!.line.cut()
      dying.push(dead!.cache.close())
    }
    await delay(5)
  }
  await Promise.all(arriving)
  await Promise.all([...dying, ...replicas.map(({ cache }) => cache.close())])
  return { calls: log.calls, failures, tookMs: performance.now() - begin, died: dying.length }
}

it.each([1, 2])(
  'calls the vendor once per TTL while 200 replicas come and go (seed %d)',
  async (seed) => {
    const { calls, failures, tookMs, died } = await simulate(seed)
    const lost = calls.filter(({ outcome }) => outcome === 'lost').length
    expect(failures).toBe(0)
    expect(died).toBeGreaterThan(DEATHS)
    expect(calls.length).toBeLessThanOrEqual(1 + tookMs / TTL_MS + lost)
    expect(calls.length - lost).toBeGreaterThan(3)
  },
  120_000,
)
