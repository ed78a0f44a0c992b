import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../snapshot-cache/eventually.js'
import type { ReplicaProcess } from '../support/replica-process.js'
import type { Fault, Outcome, Possessions } from './fault.js'
import { heldBytes, ownDescriptors } from './resources.js'
import type { SharedRedis } from './shared-redis.js'
import type { Stand } from './stand.js'
import type { SteadyLoad } from '../support/steady-load.js'

const SETTLING_MS = 60_000
const PATIENCE_MS = 30_000
/** Far beyond every deadline of the service: an answer that takes longer was forgotten. How fast answers are is the benchmark's matter. */
const LONGEST_ANSWER_MS = 30_000
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
  { stand, load, before }: { stand: Stand<R>; load: SteadyLoad; before: Possessions },
): Promise<Outcome> {
  const wrong: string[] = []
  await stand.shows(stand.changeList(), SETTLING_MS)
  const settling = await load.lap()
  wrong.push(...settling.faults.map((what) => `${what}, before it`))
  const memory = watchMemory(stand.replicas)

  if (fault.admits !== undefined) stand.judge.admit(fault.admits)
  await unless(wrong, async () => {
    await fault.inject(stand)
    if (fault.during === undefined) await delay(stand.paceMs)
    else await fault.during(stand)
    if (!(await becomesTrue(fault.noticed, stand))) wrong.push('had no effect')
  })
  await unless(wrong, () => fault.heal(stand))

  const healedAt = performance.now()
  await stand.shows(stand.changeList(), SETTLING_MS).catch(() => wrong.push('the list is not fresh again'))
  const recoveryMs = performance.now() - healedAt
  const lap = await load.lap()
  stand.judge.admit(null)
  stand.judge.outageEnds()
  if (lap.slowestMs > LONGEST_ANSWER_MS) wrong.push('kept somebody waiting')
  if (!(await becomesTrue(fault.mended, stand))) wrong.push('left something unmended')
  const after = await rest(stand, before)
  if (!isBackTo(before, after)) wrong.push(keeps(before, after))
  wrong.push(...lap.faults, ...(await leaks(stand)))
  return {
    fault: fault.name,
    requests: settling.requests + lap.requests,
    wrong,
    slowestMs: lap.slowestMs,
    recoveryMs,
    peakBytes: memory(),
    after,
  }
}

async function becomesTrue<R extends SharedRedis>(
  question: ((stand: Stand<R>) => Promise<boolean>) | undefined,
  stand: Stand<R>,
): Promise<boolean> {
  if (question === undefined) return true
  // Who cannot be asked has not said yes.
  const says = (): Promise<boolean> => question(stand).catch(() => false)
  return eventually(async () => (await says()) || null, PATIENCE_MS).catch(() => false)
}

/** What a fault finds wrong by itself is one more thing that does not hold: it still has to be healed. */
async function unless(wrong: string[], act: () => unknown): Promise<void> {
  try {
    await act()
  } catch (error) {
    wrong.push((error as Error).message)
  }
}

/** What the replicas hold once they hold no more than before, or when waiting for that has been in vain. */
async function rest(stand: Stand, before: Possessions): Promise<Possessions> {
  let now = await possessionsOf(stand)
  const isOver = async (): Promise<true | null> => {
    now = await possessionsOf(stand)
    return isBackTo(before, now) || null
  }
  if (!isBackTo(before, now)) await eventually(isOver, PATIENCE_MS).catch(() => {})
  return now
}

function isBackTo(before: Possessions, now: Possessions): boolean {
  return now.descriptors <= before.descriptors + TOLERATED_DESCRIPTORS && now.bytes <= before.bytes + TOLERATED_BYTES
}

function keeps(before: Possessions, now: Possessions): string {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`
  return `keeps ${now.descriptors} descriptors and ${megabytes(now.bytes)}, had ${before.descriptors} and ${megabytes(before.bytes)}`
}

async function leaks({ redis, canary, replicas }: Stand): Promise<string[]> {
  for (const { name, adminPort } of replicas) {
    for (const path of ['metrics', 'health']) {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/${path}`)).text()
      canary.record(`the ${path} of ${name}`, text)
    }
  }
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
