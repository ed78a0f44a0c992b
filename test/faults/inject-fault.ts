import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ReplicaProcess } from '../support/replicas.js'
import type { SteadyLoad } from '../support/steady-load.js'
import { waitFor } from '../support/wait-for.js'
import type { Deployment } from './deployment.js'
import type { SharedRedis } from './shared-redis.js'

/** A fault while the service is under load, and how it ends. */
export interface Fault<R extends SharedRedis = SharedRedis> {
  readonly name: string
  readonly inject: (deployment: Deployment<R>) => unknown
  /** Resolves when the fault has had an effect. Default: after `Deployment.paceMs`. */
  readonly during?: (deployment: Deployment<R>) => unknown
  readonly heal: (deployment: Deployment<R>) => unknown
  /** Whether the service has noticed the fault; must become true while it lasts. Default: not checked. */
  readonly noticed?: (deployment: Deployment<R>) => Promise<boolean>
  /** A condition that must be restored soon after the list is fresh. Default: not checked. */
  readonly recovered?: (deployment: Deployment<R>) => Promise<boolean>
  /** Further names that the list may show while the fault lasts. */
  readonly admits?: RegExp
}

/** The outcome of one fault. */
export interface Outcome {
  readonly fault: string
  readonly requests: number
  readonly wrong: readonly string[]
  readonly slowestMs: number
  readonly recoveryMs: number
  readonly peakBytes: number
  /** The replicas' resources afterwards. */
  readonly after: HeldResources
}

/** Maximum over the idle replicas. */
export interface HeldResources {
  readonly bytes: number
  readonly descriptors: number
}

const SETTLING_MS = 60_000
const TIMEOUT_MS = 30_000
/**
 * Far beyond every deadline of the service: a longer wait means a lost request. Latency is measured by the benchmark.
 */
const LONGEST_ANSWER_MS = 30_000
const TOLERATED_BYTES = 24 * 1024 * 1024
const TOLERATED_DESCRIPTORS = 6

/** Measures the resources of the replicas. */
export async function heldResourcesOf(deployment: Deployment): Promise<HeldResources> {
  const bytes = await Promise.all(deployment.replicas.map(heldBytes))
  return { bytes: Math.max(...bytes), descriptors: Math.max(...deployment.replicas.map(ownDescriptors)) }
}

/** Injects one fault, heals it, and waits for recovery. Faults found are in `wrong`. */
export async function injectFault<R extends SharedRedis>(
  fault: Fault<R>,
  { deployment, load, before }: { deployment: Deployment<R>; load: SteadyLoad; before: HeldResources },
): Promise<Outcome> {
  const wrong: string[] = []
  await deployment.shows(deployment.changeList(), SETTLING_MS)
  const settling = await load.lap()
  wrong.push(...settling.faults.map((what) => `${what}, before the fault`))
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
  // A replica that cannot be asked counts as false.
  const says = (): Promise<boolean> => question(deployment).catch(() => false)
  return waitFor(async () => (await says()) || null, { timeoutMs: TIMEOUT_MS }).catch(() => false)
}

/** An error thrown by the fault is recorded; the fault still has to be healed. */
async function unless(wrong: string[], act: () => unknown): Promise<void> {
  try {
    await act()
  } catch (error) {
    wrong.push((error as Error).message)
  }
}

/** The replicas' resources once they are back to before, or after the timeout. */
async function rest(deployment: Deployment, before: HeldResources): Promise<HeldResources> {
  let now = await heldResourcesOf(deployment)
  const isOver = async (): Promise<true | null> => {
    now = await heldResourcesOf(deployment)
    return isBackTo(before, now) || null
  }
  if (!isBackTo(before, now)) await waitFor(isOver, { timeoutMs: TIMEOUT_MS }).catch(() => {})
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

/** Samples the replicas' memory; the result returns the maximum of any replica. */
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

/** Heap in use after garbage collection. */
async function heldBytes(replica: ReplicaProcess): Promise<number> {
  const { heldBytes } = (await replica.send({ command: 'memory' })) as { heldBytes: number }
  return heldBytes
}

/** Open descriptors without inbound connections; one that its peer has closed counts as its own. */
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
