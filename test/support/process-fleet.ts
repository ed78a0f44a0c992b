import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { demoAccount } from '../../src/simulator/finauth-simulator.js'
import { gatewaySecret } from '../deploy/start-gateway.js'
import type { LeakCanary } from './leak-canary.js'
import { freePort } from './redis-server.js'
import { createReplicaProcess, type ReplicaProcess } from './replica-process.js'
import { openWire, type Wire } from './wire.js'

export interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly durationMs: number
}

/** Processes of the built service that share one vendor and, where told, one Redis. */
export interface ProcessFleet {
  readonly replicas: readonly ReplicaProcess[]
  /** Each replica's own way to the vendor, in the order of `replicas`. */
  readonly wires: readonly Wire[]
  /** One request to one replica, as the gateway would send it. */
  ask(
    replica: ReplicaProcess,
    options?: { path?: string; method?: string; headers?: OutgoingHttpHeaders },
  ): Promise<Asked>
  /** The replica whose call to the vendor is the latest. */
  latestCaller(): ReplicaProcess
  /** How often a replica said that it cannot use Redis. */
  lossesOfRedis(): number
  forgetLosses(): void
  stop(): Promise<void>
}

export interface ProcessFleetOptions {
  readonly main: string
  readonly size: number
  readonly vendorPort: number
  /** `port` is that of the replica's own way to the vendor. */
  readonly vendorUrl?: (port: number) => string
  readonly environment?: Readonly<Record<string, string>>
  readonly nodeArguments?: readonly string[]
  readonly canary: LeakCanary
}

/** Chooses ports and opens the ways; no process is started yet. */
export async function prepareFleet(options: ProcessFleetOptions): Promise<ProcessFleet> {
  const { main, size, canary, vendorUrl = (port) => `http://127.0.0.1:${port}` } = options
  const wires = await Promise.all(Array.from({ length: size }, () => openWire(options.vendorPort)))
  const ports = new Set<number>()
  while (ports.size < 2 * size) ports.add(await freePort())
  const free = [...ports]
  canary.forbid('the API secret', demoAccount.apiSecret)
  canary.forbid('the API key', demoAccount.apiKey)
  canary.forbid('the gateway secret', gatewaySecret)
  let losses = 0
  const onOutput = (text: string): void => {
    losses += text.split('Redis cannot be used').length - 1
  }
  const replicas = wires.map((wire, index) =>
    createReplicaProcess({
      name: `replica ${index + 1}`,
      main,
      port: free[2 * index] ?? 0,
      adminPort: free[2 * index + 1] ?? 0,
      nodeArguments: options.nodeArguments ?? [],
      canary,
      onOutput,
      environment: {
        NODE_ENV: 'production',
        FINAUTH_BASE_URL: vendorUrl(wire.port),
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
    wires,
    ask: (replica, { path = '/api/face-groups', ...rest } = {}) => ask({ port: replica.port, agent, path, ...rest }),
    latestCaller() {
      const latest = wires.toSorted((a, b) => b.usedAt - a.usedAt)[0]
      return replicas[wires.findIndex((wire) => wire === latest)] as ReplicaProcess
    },
    lossesOfRedis: () => losses,
    forgetLosses() {
      losses = 0
    },
    async stop() {
      agent.destroy()
      await Promise.all(replicas.map((replica) => replica.terminate()))
      await Promise.all(wires.map((wire) => wire.close()))
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
