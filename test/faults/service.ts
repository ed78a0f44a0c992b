import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { eventually } from '../snapshot-cache/eventually.js'
import type { ReplicaProcess } from '../support/replica-process.js'
import { type Crowd, gatherCrowd } from './gather-crowd.js'
import type { Fault } from './fault.js'
import { failedCalls, type Stand } from './stand.js'

const run = promisify(execFile)
const dayMs = 86_400_000

function first({ replicas }: Stand): ReplicaProcess {
  return replicas[0] as ReplicaProcess
}

/** Whether it answers on a new connection. */
async function welcomes({ port }: ReplicaProcess): Promise<boolean> {
  const signal = AbortSignal.timeout(1000)
  const asked = get({ host: '127.0.0.1', port, path: '/health/live', agent: false, signal })
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.resume()
    return true
  } catch {
    return false
  }
}

/** The limit this process was given, and has given to the replicas. */
function descriptorsAllowed(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024)
}

/** The replica that is in the middle of its call to the vendor now. */
async function holderOfLease({ simulator, fleet }: Stand): Promise<ReplicaProcess> {
  const seen = simulator.calls().total
  await eventually(() => simulator.calls().total > seen || null)
  return fleet.latestCaller()
}

/** Something that befalls the replica which holds the lease, while its call is under way. */
function onHolder(name: string, act: (holder: ReplicaProcess) => unknown): Fault {
  return {
    name: `service: ${name}`,
    async inject(stand) {
      stand.simulator.set({ kind: 'normal', delayMs: 500 })
      await act(await holderOfLease(stand))
    },
    async heal({ simulator, replicas }) {
      simulator.set('normal')
      for (const replica of replicas) if (!replica.isRunning()) await replica.start()
    },
  }
}

/** One replica runs in another way for a while. */
function runsWith(name: string, how: Parameters<ReplicaProcess['start']>[0], more: Partial<Fault> = {}): Fault {
  return {
    name: `service: ${name}`,
    async inject(stand) {
      await first(stand).terminate()
      await first(stand).start(how)
    },
    async heal(stand) {
      const exitCode = await first(stand).terminate()
      await first(stand).start()
      if (exitCode !== 0) throw new Error(`it did not leave in order: ${exitCode}`)
    },
    ...more,
  }
}

function littleMemory(): Fault {
  const tight = runsWith('64 MB of heap while the vendor sends 200 MB', { nodeArguments: ['--max-old-space-size=64'] })
  return {
    ...tight,
    async inject(stand) {
      await tight.inject(stand)
      stand.simulator.set({ kind: 'oversized', bytes: 200 * 1024 * 1024 })
    },
    async heal(stand) {
      stand.simulator.set('normal')
      await tight.heal(stand)
    },
  }
}

/**
 * Clients hold every descriptor that the limit leaves, and take each one that gets free. The limit is not lowered below
 * what is open: the one that libuv keeps in reserve, to turn new clients away with, must stay of use as it would
 * where a process has grown up to its limit.
 */
function noDescriptorLeft(): Fault {
  let crowd: Crowd
  let sufferer: ReplicaProcess
  let pid: number
  return {
    name: 'service: no descriptor left',
    async inject(stand) {
      sufferer = first(stand)
      pid = sufferer.pid
      const allowed = sufferer.highestDescriptor() + 1
      await limitDescriptors(sufferer, allowed)
      crowd = await gatherCrowd({ port: sufferer.port, count: allowed, behaviour: 'cling', request: '' })
    },
    noticed: async () => !(await welcomes(sufferer)),
    async heal() {
      await limitDescriptors(sufferer, descriptorsAllowed())
      await crowd.disperse()
      if (sufferer.pid !== pid || !sufferer.isRunning()) throw new Error('it did not live through it')
    },
  }
}

async function limitDescriptors({ pid }: ReplicaProcess, count: number): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--nofile=${count}:`])
}

function clockJump(name: string, offsetMs: number): Fault {
  const tell = (stand: Stand, ms: number) =>
    Promise.all(stand.replicas.map((replica) => replica.tell({ command: 'clock', offsetMs: ms })))
  let before = 0
  return {
    name: `service: clock jumps ${name}`,
    async inject(stand) {
      before = await stand.counted(failedCalls)
      await tell(stand, offsetMs)
    },
    // the vendor finds a signature of another day, and the service what the vendor's clock says
    noticed: async (stand) => (await stand.counted(failedCalls)) > before,
    heal: (stand) => tell(stand, 0),
  }
}

export const serviceFaults: readonly Fault[] = [
  onHolder('kill -9 of the lease holder', (holder) => holder.kill()),
  onHolder('SIGTERM of the lease holder', async (holder) => {
    const exitCode = await holder.terminate()
    if (exitCode !== 0) throw new Error(`it did not leave in order: ${exitCode}`)
  }),
  onHolder('the lease holder stands still for 4 s', async (holder) => {
    holder.signal('SIGSTOP')
    await delay(4000)
    holder.signal('SIGCONT')
  }),
  {
    name: 'service: event loop blocked for 2 s',
    inject: (stand) => first(stand).tell({ command: 'block', ms: 2000 }),
    heal: () => {},
  },
  noDescriptorLeft(),
  runsWith('disk full for logs', { standardOutput: '/dev/full' }),
  littleMemory(),
  clockJump('a day ahead', dayMs),
  clockJump('a day back', -dayMs),
]
