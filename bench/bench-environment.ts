import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoAccount, type FinAuthSimulator, startFinAuthSimulator } from '../simulator/finauth-simulator.js'
import { startTokenIssuer } from '../simulator/token-issuer.js'
import { loadCore, type PinnedProcess, type PinnedProcessOptions, startPinned } from './pinned-process.js'

/** A vendor, an issuer, callers and the processes to measure. `close` ends everything it started. */
export interface BenchEnvironment {
  readonly directory: string
  readonly simulator: FinAuthSimulator
  /** One token per caller, valid for an hour. */
  readonly tokens: readonly string[]
  /** Configuration for peers that verify tokens. */
  readonly tokenEnvironment: Readonly<Record<string, string>>
  /** Starts a process that gets its port by `PORT` and by the returned arguments. */
  start(options: Startable): Promise<PinnedProcess>
  /** The service as built for production, with all features on. */
  startService(environment?: Readonly<Record<string, string>>): Promise<ServiceProcess>
  /** An empty Redis, on the load generator's core. */
  startRedis(): Promise<PinnedProcess>
  /** A vendor with this many libraries, on the load generator's core. */
  startVendor(libraries: number): Promise<PinnedProcess>
  /** Starts a peer of `bench/peers`, by its file name. */
  startPeer(name: string, environment: Readonly<Record<string, string>>): Promise<PinnedProcess>
  stopProcess(process: PinnedProcess): Promise<void>
  close(): Promise<void>
}

export interface ServiceProcess extends PinnedProcess {
  readonly adminPort: number
}

export type Startable = Omit<PinnedProcessOptions, 'args' | 'port'> & {
  readonly args: (port: number) => string[]
  /** Called before the start, e.g. to write its configuration. */
  readonly prepare?: (port: number) => Promise<void>
}

/** The service's entry point; another build may be measured instead. */
const serviceEntryPoint = process.env['BENCH_SERVICE'] ?? 'dist/main.js'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }

/** For the service only: those of `npm start`, and e.g. `--cpu-prof`. */
const nodeFlags = [
  ...scripts.start.split(' ').filter((word) => word.startsWith('--')),
  ...(process.env['BENCH_NODE_FLAGS']?.split(' ').filter(Boolean) ?? []),
]

/** The environment of the container image (Dockerfile). */
const imageEnvironment = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** Enough that none of them reaches the largest rate limit. */
const callers = 8

export async function startBenchEnvironment(): Promise<BenchEnvironment> {
  const directory = await mkdtemp(join(tmpdir(), 'face-groups-bench-'))
  const simulator = await startFinAuthSimulator()
  // RS256 is the cheapest to verify of the common algorithms: the peers verify on every request.
  const issuer = await startTokenIssuer({ algorithm: 'RS256' })
  const tokens = await Promise.all(
    Array.from({ length: callers }, (_, at) =>
      issuer.mint({ sub: `caller-${at}`, scope: 'face-groups:refresh' }, { expiresInSeconds: 3600 }),
    ),
  )
  const running = new Set<PinnedProcess>()
  const tokenEnvironment = {
    JWT_ISSUER: issuer.issuer,
    JWT_AUDIENCE: issuer.audience,
    JWT_JWKS_URI: issuer.jwksUri,
  }

  async function start({ args, prepare, ...options }: Startable): Promise<PinnedProcess> {
    const port = await freePort()
    await prepare?.(port)
    const environment = { PORT: String(port), ...options.environment }
    const started = await startPinned({ ...options, args: args(port), port, environment })
    running.add(started)
    return started
  }

  async function stopProcess(process: PinnedProcess): Promise<void> {
    running.delete(process)
    await process.stop()
  }

  return {
    directory,
    simulator,
    tokens,
    tokenEnvironment,
    start,
    stopProcess,
    async startService(environment = {}) {
      const adminPort = await freePort()
      const started = await start({
        command: process.execPath,
        args: () => [...nodeFlags, serviceEntryPoint],
        environment: {
          ...tokenEnvironment,
          ...imageEnvironment,
          HOST: '127.0.0.1',
          ADMIN_PORT: String(adminPort),
          FINAUTH_BASE_URL: simulator.url,
          FINAUTH_API_KEY: demoAccount.apiKey,
          FINAUTH_API_SECRET: demoAccount.apiSecret,
          AUTH_MODE: 'jwt',
          // Counted on every request, never exceeded.
          RATE_LIMIT_PER_MINUTE: '1000000',
          ...environment,
        },
      })
      return Object.assign(started, { adminPort })
    },
    startPeer: (name, environment) =>
      start({ command: process.execPath, args: () => [`bench/dist/bench/peers/${name}.js`], environment }),
    startRedis: () =>
      start({
        command: 'redis-server',
        args: (port) => [
          '--port',
          String(port),
          '--bind',
          '127.0.0.1',
          '--save',
          '',
          '--appendonly',
          'no',
          '--dir',
          directory,
        ],
        cores: loadCore,
      }),
    startVendor: (libraries) =>
      start({
        command: process.execPath,
        args: () => ['bench/dist/bench/vendor.js'],
        environment: { LIBRARIES: String(libraries) },
        cores: loadCore,
      }),
    async close() {
      await Promise.all([...running].map((process) => process.stop()))
      await Promise.all([simulator.close(), issuer.close()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
