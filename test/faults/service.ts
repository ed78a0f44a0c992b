import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { waitFor } from '../support/wait-for.js'
import type { ReplicaProcess } from '../support/replicas.js'
import { type ClientProcess, startClientProcess } from './clients.js'
import type { Fault } from './inject-fault.js'
import { failedCalls, type Deployment } from './deployment.js'

const run = promisify(execFile)
const dayMs = 86_400_000

function first({ replicas }: Deployment): ReplicaProcess {
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

/** The descriptor limit of this process, inherited by the replicas. */
function descriptorsAllowed(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024)
}

/** The replica with a vendor call in progress. */
async function holderOfLease({ simulator, fleet }: Deployment): Promise<ReplicaProcess> {
  const seen = simulator.calls().total
  await waitFor(() => simulator.calls().total > seen || null)
  return fleet.latestCaller()
}

/** A fault of the replica that has the lease, during its call. */
function onHolder(name: string, act: (holder: ReplicaProcess) => unknown): Fault {
  return {
    name: `service: ${name}`,
    async inject(deployment) {
      deployment.simulator.set({ kind: 'normal', delayMs: 500 })
      await act(await holderOfLease(deployment))
    },
    async heal({ simulator, replicas }) {
      simulator.set('normal')
      for (const replica of replicas) if (!replica.isRunning()) await replica.start()
    },
  }
}

/** One replica runs with other options for a while. */
function runsWith(name: string, how: Parameters<ReplicaProcess['start']>[0], more: Partial<Fault> = {}): Fault {
  return {
    name: `service: ${name}`,
    async inject(deployment) {
      await first(deployment).terminate()
      await first(deployment).start(how)
    },
    async heal(deployment) {
      const exitCode = await first(deployment).terminate()
      await first(deployment).start()
      if (exitCode !== 0) throw new Error(`it exited with ${exitCode}`)
    },
    ...more,
  }
}

function littleMemory(): Fault {
  const tight = runsWith('64 MB of heap while the vendor sends 200 MB', { nodeArguments: ['--max-old-space-size=64'] })
  return {
    ...tight,
    async inject(deployment) {
      await tight.inject(deployment)
      deployment.simulator.set({ kind: 'oversized', bytes: 200 * 1024 * 1024 })
    },
    async heal(deployment) {
      deployment.simulator.set('normal')
      await tight.heal(deployment)
    },
  }
}

/**
 * Clients use up every descriptor that the limit leaves, and each one that becomes free. The limit is not lowered below
 * the open ones: the one that libuv keeps in reserve, to reject new clients with, must remain usable, as in a process
 * that has grown up to its limit.
 */
function noDescriptorLeft(): Fault {
  let clients: ClientProcess
  let replica: ReplicaProcess
  let pid: number
  return {
    name: 'service: no descriptor left',
    async inject(deployment) {
      replica = first(deployment)
      pid = replica.pid
      const allowed = replica.highestDescriptor() + 1
      await limitDescriptors(replica, allowed)
      clients = await startClientProcess({ port: replica.port, count: allowed, behaviour: 'cling', request: '' })
    },
    noticed: async () => !(await welcomes(replica)),
    async heal() {
      await limitDescriptors(replica, descriptorsAllowed())
      await clients.stop()
      if (replica.pid !== pid || !replica.isRunning()) throw new Error('it did not survive')
    },
  }
}

async function limitDescriptors({ pid }: ReplicaProcess, count: number): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--nofile=${count}:`])
}

function clockJump(name: string, offsetMs: number): Fault {
  const sendToAll = (deployment: Deployment, ms: number) =>
    Promise.all(deployment.replicas.map((replica) => replica.send({ command: 'clock', offsetMs: ms })))
  let before = 0
  return {
    name: `service: clock jumps ${name}`,
    async inject(deployment) {
      before = await deployment.counted(failedCalls)
      await sendToAll(deployment, offsetMs)
    },
    // the vendor rejects a signature of another day, and the service uses the vendor's clock
    noticed: async (deployment) => (await deployment.counted(failedCalls)) > before,
    heal: (deployment) => sendToAll(deployment, 0),
  }
}

export const serviceFaults: readonly Fault[] = [
  onHolder('kill -9 of the lease holder', (holder) => holder.kill()),
  onHolder('SIGTERM of the lease holder', async (holder) => {
    const exitCode = await holder.terminate()
    if (exitCode !== 0) throw new Error(`it exited with ${exitCode}`)
  }),
  onHolder('the lease holder is suspended for 4 s', async (holder) => {
    holder.signal('SIGSTOP')
    await delay(4000)
    holder.signal('SIGCONT')
  }),
  {
    name: 'service: event loop blocked for 2 s',
    inject: (deployment) => first(deployment).send({ command: 'block', ms: 2000 }),
    heal: () => {},
  },
  noDescriptorLeft(),
  runsWith('disk full for logs', { standardOutput: '/dev/full' }),
  littleMemory(),
  clockJump('a day ahead', dayMs),
  clockJump('a day back', -dayMs),
]
