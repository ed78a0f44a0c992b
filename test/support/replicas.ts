import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { demoAccount } from '../../simulator/finauth-simulator.js'
import { gatewaySecret } from './gateway.js'
import type { LeakDetector } from './leak-detector.js'
import { startTcpProxy, type TcpProxy } from './proxies.js'
import { freePort } from './redis-server.js'
import { waitFor } from './wait-for.js'

export interface ReplicaStart {
  /** Further arguments of Node itself. */
  readonly nodeArguments?: readonly string[]
  /** A file that receives standard output instead of the leak detector. */
  readonly standardOutput?: string
}

/** The built service as a process that can be killed and suspended, on ports that outlive it. */
export interface ReplicaProcess {
  readonly name: string
  readonly port: number
  readonly adminPort: number
  /** Resolves once it is live, or `readyPath` answers; rejects with its output when it ends before. */
  start(how?: ReplicaStart): Promise<void>
  isRunning(): boolean
  /** Whether it is running and has not been asked to shut down. */
  isServing(): boolean
  signal(name: NodeJS.Signals): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>
  /** Sends a message to a module preloaded into the process; resolves with its answer. */
  send(message: object): Promise<unknown>
  readonly pid: number
  residentBytes(): number
  descriptors(): number
  highestDescriptor(): number
}

export interface ReplicaProcessOptions {
  readonly name: string
  /** The built `main.js`. */
  readonly main: string
  readonly port: number
  readonly adminPort: number
  readonly environment: Readonly<Record<string, string>>
  readonly nodeArguments?: readonly string[]
  /** `start` resolves when this answers 200. Default `/health/live`, with or without a list. */
  readonly readyPath?: string
  /** Receives everything that the process writes. */
  readonly leakDetector: LeakDetector
  readonly onOutput?: (text: string) => void
}

const START_TIMEOUT_MS = 30_000

/** Not started yet. */
export function createReplicaProcess(options: ReplicaProcessOptions): ReplicaProcess {
  const { name, main, port, adminPort, leakDetector, readyPath = '/health/live' } = options
  let child: ChildProcess | null = null
  let serving = false
  const running = (): ChildProcess => {
    if (child === null) throw new Error(`${name} has not been started`)
    return child
  }
  const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null
  const gone = async (): Promise<void> => {
    if (isRunning()) await once(running(), 'exit')
  }

  return {
    name,
    port,
    adminPort,
    isRunning,
    isServing: () => serving && isRunning(),
    get pid() {
      return running().pid ?? 0
    },
    async start({ nodeArguments = [], standardOutput } = {}) {
      const output: string[] = []
      const file = standardOutput === undefined ? null : openSync(standardOutput, 'w')
      const started = spawn(process.execPath, [...(options.nodeArguments ?? []), ...nodeArguments, main], {
        stdio: ['ignore', file ?? 'pipe', 'pipe', 'ipc'],
        env: {
          PATH: process.env['PATH'],
          HOST: '127.0.0.1',
          PORT: String(port),
          ADMIN_PORT: String(adminPort),
          ...options.environment,
        },
      })
      if (file !== null) closeSync(file)
      child = started
      serving = false
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          leakDetector.record(`the output of ${name}`, chunk.toString())
          options.onOutput?.(chunk.toString())
          if (output.length < 100) output.push(chunk.toString())
        })
      }
      await waitFor(
        async () => {
          if (await answers(port, readyPath)) return true
          if (!isRunning()) throw new Error(`${name} ended:\n${output.join('')}`)
          return false
        },
        { timeoutMs: START_TIMEOUT_MS, intervalMs: 20 },
      )
      serving = true
    },
    signal: (signal) => void running().kill(signal),
    async kill() {
      serving = false
      running().kill('SIGKILL')
      await gone()
    },
    async terminate() {
      if (child === null) return null
      serving = false
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await gone()
      return child.exitCode
    },
    async send(message) {
      const answer = once(running(), 'message')
      running().send(message)
      return ((await answer) as [unknown])[0]
    },
    residentBytes: () => residentBytesOf(running().pid),
    descriptors: () => descriptorsOf(running().pid).length,
    highestDescriptor: () => Math.max(...descriptorsOf(running().pid)),
  }
}

function residentBytesOf(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

function descriptorsOf(pid: number | undefined): number[] {
  return readdirSync(`/proc/${pid}/fd`).map(Number)
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

export interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly durationMs: number
}

/** Processes of the built service that share one vendor and, optionally, one Redis. */
export interface ProcessFleet {
  readonly replicas: readonly ReplicaProcess[]
  /** Each replica's proxy to the vendor, in the order of `replicas`. */
  readonly proxies: readonly TcpProxy[]
  /** One request to one replica, as the gateway would send it. */
  ask(
    replica: ReplicaProcess,
    options?: { path?: string; method?: string; headers?: OutgoingHttpHeaders },
  ): Promise<Asked>
  /** The replica with the latest call to the vendor. */
  latestCaller(): ReplicaProcess
  /** How often a replica reported Redis as unavailable. */
  lossesOfRedis(): number
  forgetLosses(): void
  stop(): Promise<void>
}

export interface ProcessFleetOptions {
  readonly main: string
  readonly size: number
  readonly vendorPort: number
  /** `port` is that of every replica's proxy to the vendor, each on a separate loopback address. */
  readonly vendorUrl?: (port: number) => string
  readonly environment?: Readonly<Record<string, string>>
  readonly nodeArguments?: readonly string[]
  readonly leakDetector: LeakDetector
}

/** Chooses ports and opens the proxies; no process is started yet. */
export async function prepareFleet(options: ProcessFleetOptions): Promise<ProcessFleet> {
  const { main, size, leakDetector, vendorUrl = (port) => `http://localhost:${port}` } = options
  const loopbackOf = (index: number): string => `127.0.0.${index + 1}`
  const port = await freePort()
  const proxies = await Promise.all(
    Array.from({ length: size }, (_, index) => startTcpProxy(options.vendorPort, { host: loopbackOf(index), port })),
  )
  const ports = new Set<number>()
  while (ports.size < 2 * size) ports.add(await freePort())
  const free = [...ports]
  leakDetector.forbid('the API secret', demoAccount.apiSecret)
  leakDetector.forbid('the API key', demoAccount.apiKey)
  leakDetector.forbid('the gateway secret', gatewaySecret)
  let losses = 0
  const onOutput = (text: string): void => {
    losses += text.split('Redis unavailable').length - 1
  }
  const replicas = proxies.map((proxy, index) =>
    createReplicaProcess({
      name: `replica ${index + 1}`,
      main,
      port: free[2 * index] ?? 0,
      adminPort: free[2 * index + 1] ?? 0,
      nodeArguments: ['--import', join(import.meta.dirname, 'own-loopback.mjs'), ...(options.nodeArguments ?? [])],
      leakDetector,
      onOutput,
      environment: {
        NODE_ENV: 'production',
        OWN_LOOPBACK: loopbackOf(index),
        FINAUTH_BASE_URL: vendorUrl(proxy.port),
        FINAUTH_API_KEY: demoAccount.apiKey,
        FINAUTH_API_SECRET: demoAccount.apiSecret,
        AUTH_MODE: 'gateway',
        GATEWAY_SECRET: gatewaySecret,
        RATE_LIMIT_PER_MINUTE: '0',
        ...options.environment,
      },
    }),
  )
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 512 })
  return {
    replicas,
    proxies,
    ask: (replica, { path = '/api/face-groups', ...rest } = {}) => ask({ port: replica.port, agent, path, ...rest }),
    latestCaller() {
      const latest = proxies.toSorted((a, b) => b.usedAt - a.usedAt)[0]
      return replicas[proxies.findIndex((proxy) => proxy === latest)] as ReplicaProcess
    },
    lossesOfRedis: () => losses,
    forgetLosses() {
      losses = 0
    },
    async stop() {
      agent.destroy()
      await Promise.all(replicas.map((replica) => replica.terminate()))
      await Promise.all(proxies.map((proxy) => proxy.close()))
    },
  }
}

interface Call {
  readonly port: number
  readonly agent: Agent
  readonly path: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
}

function ask({ port, agent, path, method = 'GET', headers = {} }: Call): Promise<Asked> {
  const startedAt = performance.now()
  const asGateway = {
    'x-gateway-secret': gatewaySecret,
    'x-forwarded-user': 'someone',
    'x-forwarded-scopes': 'face-groups:refresh',
  }
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, agent, path, method, headers: { ...asGateway, ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
            durationMs: performance.now() - startedAt,
          }),
        )
      },
    )
    sent.once('error', reject)
    sent.end()
  })
}
