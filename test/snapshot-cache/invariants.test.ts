import * as fc from 'fast-check'
import { createMemoryStore } from './memory-store.js'
import type { SharedStore } from '../../src/snapshot-cache/shared-store.js'
import { createSnapshotCache } from '../../src/snapshot-cache/snapshot-cache.js'
import type { SnapshotCache } from '../../src/snapshot-cache/types.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import { type Call, createCallLog } from './call-log.js'
import { type KillableStore, killableStore } from './killable-store.js'
import { recordEvents } from './fixtures.js'

// The state machine under any sequence of results, crashes, clock jumps and losses of the store.

const [TTL, STALE, BACKOFF] = [1_000, 1_500, 300]
const REPLICAS = 3
const RUNS = 300

type Action =
  | { do: 'pass'; ms: number }
  | { do: 'jump-wall'; ms: number }
  | { do: 'request' | 'wait' | 'force' | 'kill' | 'cut' | 'reconnect'; replica: number }
  | { do: 'answer' | 'fail' | 'hold' }

const replica = fc.nat(REPLICAS - 1)
const peaceful: fc.Arbitrary<Action>[] = [
  fc.record({
    do: fc.constant('pass' as const),
    ms: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 3_000 })),
  }),
  fc.record({ do: fc.constant('jump-wall' as const), ms: fc.integer({ min: -1e9, max: 1e9 }) }),
  fc.record({ do: fc.constantFrom('request' as const, 'wait' as const), replica }),
  fc.record({ do: fc.constantFrom('answer' as const, 'fail' as const, 'hold' as const) }),
]
const trouble: fc.Arbitrary<Action>[] = [
  fc.record({ do: fc.constantFrom('kill' as const, 'cut' as const, 'reconnect' as const, 'force' as const), replica }),
]

function world() {
  const clock = createFakeClock()
  const log = createCallLog({ clock })
  const shared: SharedStore<Call> = createMemoryStore<Call>({ clock })
  let mode: 'answer' | 'fail' | 'hold' = 'answer'
  let waiting: (() => void)[] = []
  const lines: KillableStore<Call>[] = []
  const caches: SnapshotCache<Call>[] = []
  const served: (Call | null)[] = []
  const faults: string[] = []
  let incarnations = 0

  function startReplica(slot: number): void {
    const line = killableStore(shared)
    const id = incarnations++
    lines[slot] = line
    served[slot] = null
    caches[slot] = createSnapshotCache<Call>({
      async origin(signal) {
        const call = log.begin(id)
        signal.addEventListener('abort', () => log.end(call, 'lost'))
        if (mode === 'hold') await new Promise<void>((resolve) => waiting.push(resolve))
        if (signal.aborted) throw signal.reason
        log.end(call, mode === 'fail' ? 'failed' : 'answered')
        if (mode === 'fail') throw new Error('failed')
        return { value: call }
      },
      classify: () => ({ code: 'failed', retryable: true }),
      ttlMs: TTL,
      staleMs: STALE,
      backoffMs: BACKOFF,
      attemptTimeoutMs: 200,
      deadlineMs: 900,
      store: line.store,
      clock,
      random: () => 0.5,
      events: recordEvents(),
    })
    void caches[slot].start()
  }

  function observe(): void {
    for (const [slot, cache] of caches.entries()) {
      const copy = cache.peek()
      if (copy === null) continue
      const age = clock.monotonicMs() - copy.value.startedAt
      if (age >= TTL + STALE) faults.push(`replica ${slot} served an expired copy`)
      if (copy.ageMs !== age) faults.push(`replica ${slot} reported ${copy.ageMs} for a copy of age ${age}`)
      const before = served[slot]
      if (before && copy.value.endedAt! < before.startedAt) faults.push(`replica ${slot} served an older copy`)
      served[slot] = copy.value
    }
  }

  async function act(action: Action): Promise<void> {
    switch (action.do) {
      case 'pass':
        for (let rest = action.ms; rest > 0; rest -= 50) {
          await clock.advance(Math.min(rest, 50))
          observe()
        }
        break
      case 'jump-wall':
        clock.jumpWall(action.ms)
        break
      case 'request':
        caches[action.replica]!.current()
        break
      case 'wait':
        caches[action.replica]!.get().catch(() => {})
        break
      case 'force':
        caches[action.replica]!.refresh().catch(() => {})
        break
      case 'kill': {
        lines[action.replica]!.cut()
        const dying = caches[action.replica]!
        startReplica(action.replica)
        void dying.close()
        break
      }
      case 'cut':
        lines[action.replica]!.cut()
        break
      case 'reconnect':
        await lines[action.replica]!.reconnect()
        break
      case 'answer':
      case 'fail':
      case 'hold':
        mode = action.do
        if (mode !== 'hold') for (const wake of waiting.splice(0)) wake()
    }
    await settle()
    observe()
  }

  return {
    act,
    calls: log.calls,
    faults,
    async begin() {
      for (let slot = 0; slot < REPLICAS; slot += 1) startReplica(slot)
      await settle()
    },
    async end() {
      waiting = []
      await Promise.all(caches.map((cache) => cache.close()))
    },
  }
}

/** Calls that came too soon after the previous one, among calls that know of each other. */
function tooSoon(calls: readonly Call[]): string[] {
  return calls.slice(1).flatMap((call, index) => {
    const before = calls[index]!
    const earliest = before.outcome === 'answered' ? before.startedAt + TTL : (before.endedAt ?? Infinity) + BACKOFF
    return call.startedAt < earliest ? [`call ${call.number} began ${earliest - call.startedAt} ms too soon`] : []
  })
}

async function run(actions: readonly Action[]) {
  const made = world()
  await made.begin()
  for (const action of actions) await made.act(action)
  await made.end()
  return made
}

it('serves nothing expired and nothing older after newer, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...peaceful, ...trouble), { minLength: 10, maxLength: 60 }), async (actions) => {
      expect((await run(actions)).faults).toEqual([])
    }),
    { numRuns: RUNS, timeout: 10_000 },
  )
}, 300_000)

it('keeps one call per TTL, and one per backoff after a failure, for the whole fleet if nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...peaceful), { minLength: 10, maxLength: 60 }), async (actions) => {
      expect(tooSoon((await run(actions)).calls)).toEqual([])
    }),
    { numRuns: RUNS, timeout: 10_000 },
  )
}, 300_000)

it('keeps the same limit for each replica alone, whatever is lost', async () => {
  const losses = trouble.map((arbitrary) => arbitrary.filter((action) => action.do !== 'force'))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...peaceful, ...losses), { minLength: 10, maxLength: 60 }), async (actions) => {
      const { calls } = await run(actions)
      const replicas = [...new Set(calls.map((call) => call.replica))]
      expect(replicas.flatMap((id) => tooSoon(calls.filter((call) => call.replica === id)))).toEqual([])
    }),
    { numRuns: RUNS, timeout: 10_000 },
  )
}, 300_000)
