import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ReplicaProcess } from '../support/replicas.js'
import type { SteadyLoad } from '../support/steady-load.js'
import { waitFor } from '../support/wait-for.js'
import type { Deployment } from './deployment.js'
import type { SharedRedis } from './shared-redis.js'

/** Something that goes wrong while the service is under load, and how it ends. */
export interface Fault<R extends SharedRedis = SharedRedis> {
  readonly name: string
  readonly inject: (deployment: Deployment<R>) => unknown
  /** Resolves when the fault has shown what it does. Default: after a while (`Deployment.paceMs`). */
  readonly during?: (deployment: Deployment<R>) => unknown
  readonly heal: (deployment: Deployment<R>) => unknown
  /** Whether anything in the service has noticed; must become true while the fault lasts. Default: not asked. */
  readonly noticed?: (deployment: Deployment<R>) => Promise<boolean>
  /** What must be so again soon after the list is fresh. Default: not asked. */
  readonly recovered?: (deployment: Deployment<R>) => Promise<boolean>
  /** Names beyond ours that the list may show while the fault lasts. */
  readonly admits?: RegExp
}

/** What came of one fault. */
export interface Outcome {
  readonly fault: string
  readonly requests: number
  readonly wrong: readonly string[]
  readonly slowestMs: number
  readonly recoveryMs: number
  readonly peakBytes: number
  /** What the replicas hold when it is over. */
  readonly after: HeldResources
}

/** The most that any of the replicas has at rest. */
export interface HeldResources {
  readonly bytes: number
  readonly descriptors: number
}

const SETTLING_MS = 60_000
const PATIENCE_MS = 30_000
/** Far beyond every deadline of the service: an answer that takes longer was forgotten. How fast answers are is the benchmark's matter. */
const LONGEST_ANSWER_MS = 30_000
const TOLERATED_BYTES = 24 * 1024 * 1024
const TOLERATED_DESCRIPTORS = 6

/** Counts what its replicas hold. */
export async function heldResourcesOf(deployment: Deployment): Promise<HeldResources> {
  const bytes = await Promise.all(deployment.replicas.map(heldBytes))
  return { bytes: Math.max(...bytes), descriptors: Math.max(...deployment.replicas.map(ownDescriptors)) }
}

/** One fault from its beginning to the end of what it left behind. What went wrong is in `wrong`. */
export async function injectFault<R extends SharedRedis>(
  fault: Fault<R>,
  { deployment, load, before }: { deployment: Deployment<R>; load: SteadyLoad; before: HeldResources },
): Promise<Outcome> {
  const wrong: string[] = []
  await deployment.shows(deployment.changeList(), SETTLING_MS)
  const settling = await load.lap()
  wrong.push(...settling.faults.map((what) => `${what}, before it`))
  const memory = watchMemory(deployment.replicas)

  if (fault.admits !== undefined) deployment.checker.admit(fault.admits)
  await unless(wrong, async () => {
    await fault.inject(deployment)
    if (fault.during === undefined) await delay(deployment.paceMs)
    else await fault.during(deployment)
    if (!(await becomesTrue(fault.noticed, deployment))) wrong.push('had no effect')
  })
  await unless(wrong, () => fault.heal(deployment))

  const healedAt = performance.now()
  await deployment.shows(deployment.changeList(), SETTLING_MS).catch(() => wrong.push('the list is not fresh again'))
  const recoveryMs = performance.now() - healedAt
  const lap = await load.lap()
  deployment.checker.admit(null)
  deployment.checker.outageEnds()
  if (lap.slowestMs > LONGEST_ANSWER_MS) wrong.push('left a request waiting')
  if (!(await becomesTrue(fault.recovered, deployment))) wrong.push('did not recover completely')
  const after = await rest(deployment, before)
  if (!isBackTo(before, after)) wrong.push(keeps(before, after))
  wrong.push(...lap.faults, ...(await leaks(deployment)))
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
  question: ((deployment: Deployment<R>) => Promise<boolean>) | undefined,
  deployment: Deployment<R>,
): Promise<boolean> {
  if (question === undefined) return true
  // Who cannot be asked has not said yes.
  const says = (): Promise<boolean> => question(deployment).catch(() => false)
  return waitFor(async () => (await says()) || null, { timeoutMs: PATIENCE_MS }).catch(() => false)
}

/** What a fault finds wrong by itself is one more failure: the fault still has to be healed. */
async function unless(wrong: string[], act: () => unknown): Promise<void> {
  try {
    await act()
  } catch (error) {
    wrong.push((error as Error).message)
  }
}

/** What the replicas hold once they hold no more than before, or when waiting for that has been in vain. */
async function rest(deployment: Deployment, before: HeldResources): Promise<HeldResources> {
  let now = await heldResourcesOf(deployment)
  const isOver = async (): Promise<true | null> => {
    now = await heldResourcesOf(deployment)
    return isBackTo(before, now) || null
  }
  if (!isBackTo(before, now)) await waitFor(isOver, { timeoutMs: PATIENCE_MS }).catch(() => {})
  return now
}

function isBackTo(before: HeldResources, now: HeldResources): boolean {
  return now.descriptors <= before.descriptors + TOLERATED_DESCRIPTORS && now.bytes <= before.bytes + TOLERATED_BYTES
}

function keeps(before: HeldResources, now: HeldResources): string {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`
  return `keeps ${now.descriptors} descriptors and ${megabytes(now.bytes)}, had ${before.descriptors} and ${megabytes(before.bytes)}`
}

async function leaks({ redis, leakDetector, replicas }: Deployment): Promise<string[]> {
  for (const { name, adminPort } of replicas) {
    for (const path of ['metrics', 'health']) {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/${path}`)).text()
      leakDetector.record(`the ${path} of ${name}`, text)
    }
  }
  for (const server of redis.servers) {
    const keys = (await server.cli('KEYS', '*').catch(() => '')).split('\n').filter(Boolean)
    for (const key of keys) leakDetector.record('Redis', await server.cli('GET', key))
  }
  return leakDetector.takeLeaks().map((leak) => `leaked ${leak}`)
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

const ESTABLISHED = '01'

/** What lives in the process after its garbage has been collected. */
async function heldBytes(replica: ReplicaProcess): Promise<number> {
  const { heldBytes } = (await replica.tell({ command: 'memory' })) as { heldBytes: number }
  return heldBytes
}

/** Open descriptors but for the connections that others hold to it; one that its other end has left counts as its own. */
function ownDescriptors(replica: ReplicaProcess): number {
  return replica.descriptors() - inboundConnections(replica)
}

function inboundConnections({ pid, port, adminPort }: ReplicaProcess): number {
  const own = new Set([port, adminPort].map((number) => number.toString(16).toUpperCase().padStart(4, '0')))
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
  return rows.filter((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/)
    return state === ESTABLISHED && own.has(local.slice(-4))
  }).length
}
