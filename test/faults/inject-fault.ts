import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../snapshot-cache/eventually.js'
import type { ReplicaProcess } from '../support/replica-process.js'
import type { Fault, Outcome } from './fault.js'
import { heldBytes, ownDescriptors } from './resources.js'
import type { SharedRedis } from './shared-redis.js'
import { backoffMs, type Stand } from './stand.js'
import type { StandLoad } from './stand-load.js'

/** What a stand held before the first fault, and may hold after the last. */
export interface Possessions {
  readonly bytes: number
  readonly descriptors: number
}

const SETTLING_MS = 20_000
const PATIENCE_MS = 10_000
const TOLERATED_DELAY_MS = 300
/** An answer waits for its turn at the gateway, at the replica, and on its way back. */
const TURNS_OF_AN_ANSWER = 3
/** So does each step of a recovery: to connect, shake hands, call, claim, publish, be told, read. */
const TURNS_OF_A_RECOVERY = 10
const TOLERATED_BYTES = 24 * 1024 * 1024
const TOLERATED_DESCRIPTORS = 6

/** Lets the stand come to rest and counts what its replicas hold. */
export async function possessionsOf(stand: Stand): Promise<Possessions> {
  const bytes = await Promise.all(stand.replicas.map(heldBytes))
  return { bytes: Math.max(...bytes), descriptors: Math.max(...stand.replicas.map(ownDescriptors)) }
}

/** One fault from its beginning to the end of what it left behind. Whatever does not hold is in `wrong`. */
export async function injectFault<R extends SharedRedis>(
  fault: Fault<R>,
  { stand, load, before }: { stand: Stand<R>; load: StandLoad; before: Possessions },
): Promise<Outcome> {
  const { delaysAnswersMs = 0, delaysRecoveryMs = 0 } = fault
  const wrong: string[] = []
  await stand.shows(stand.changeList(), SETTLING_MS)
  await Promise.all([load.callers.lap(), load.control.lap()])
  await delay(400)
  const [normal] = await Promise.all([load.callers.lap(), load.control.lap()])
  load.normalMs.push(normal.slowestMs)
  const memory = watchMemory(stand.replicas)

  if (fault.admits !== undefined) stand.judge.admit(fault.admits)
  await fault.inject(stand)
  if (fault.during === undefined) await delay(stand.paceMs)
  else await fault.during(stand)
  if (fault.noticed !== undefined) {
    const { noticed } = fault
    await eventually(async () => (await noticed(stand)) || null, PATIENCE_MS).catch(() =>
      wrong.push('nobody noticed it'),
    )
  }
  await fault.heal(stand)

  const healedAt = performance.now()
  await stand.shows(stand.changeList(), SETTLING_MS).catch(() => wrong.push('the list is not fresh again'))
  const recoveryMs = performance.now() - healedAt
  const [lap, idle] = await Promise.all([load.callers.lap(), load.control.lap()])
  stand.judge.admit(null)
  // What the machine itself kept waiting, a process that does nothing has felt as well.
  const machineMs = Math.max(idle.slowestMs, ...load.normalMs.slice(-5))
  if (recoveryMs > backoffMs + 1000 + delaysRecoveryMs + TURNS_OF_A_RECOVERY * machineMs)
    wrong.push('recovered too late')
  if (lap.slowestMs > TURNS_OF_AN_ANSWER * machineMs + TOLERATED_DELAY_MS + delaysAnswersMs)
    wrong.push('kept somebody waiting')
  wrong.push(...lap.faults, ...(await leftBehind(stand, before)), ...(await leaks(stand)))
  return { fault: fault.name, requests: lap.requests, wrong, slowestMs: lap.slowestMs, recoveryMs, peakBytes: memory() }
}

async function leftBehind(stand: Stand, before: Possessions): Promise<string[]> {
  const held = await eventually(async () => {
    const now = await possessionsOf(stand)
    return now.descriptors <= before.descriptors + TOLERATED_DESCRIPTORS ? now : null
  }, PATIENCE_MS).catch(() => null)
  if (held === null) return ['keeps descriptors']
  return held.bytes > before.bytes + TOLERATED_BYTES ? ['keeps memory'] : []
}

async function leaks({ redis, canary }: Stand): Promise<string[]> {
  for (const server of redis.servers) {
    const keys = (await server.cli('KEYS', '*').catch(() => '')).split('\n').filter(Boolean)
    for (const key of keys) canary.record('Redis', await server.cli('GET', key))
  }
  return canary.judgeAndForget().map((leak) => `leaked ${leak}`)
}

/** Looks at the replicas' memory now and then; the result tells the most that one of them had. */
function watchMemory(replicas: readonly ReplicaProcess[]): () => number {
  let peak = 0
  const look = (): void => {
    for (const replica of replicas) if (replica.isServing()) peak = Math.max(peak, replica.residentBytes())
  }
  const timer = setInterval(look, 100)
  return () => {
    clearInterval(timer)
    return peak
  }
}
