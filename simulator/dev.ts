import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { config as loadDotenv } from 'dotenv'
import pretty from 'pino-pretty'
import { devEnvironment, hasOwnFinAuth } from './dev-environment.js'
import { startFinAuthSimulator } from './finauth-simulator.js'
import { firstFreePort, urlOf } from './listen.js'
import { startTokenIssuer } from './token-issuer.js'

const TOKEN_SECONDS = 12 * 3600
const READY_TIMEOUT_MS = 30_000
const PROBE_EVERY_MS = 100
const PROBE_TIMEOUT_MS = 2_000

loadDotenv({ quiet: true })
process.exitCode = await dev(process.env)

/** Runs simulator, issuer and service until the service ends or a signal arrives. Returns the exit code. */
async function dev(environment: NodeJS.ProcessEnv): Promise<number> {
  const host = environment['HOST']?.trim() || '127.0.0.1'
  const port = await portFor(environment['PORT'], host, 3000)
  const adminPort = await portFor(environment['ADMIN_PORT'], host, 9464, port)
  const simulator = hasOwnFinAuth(environment) ? null : await startFinAuthSimulator()
  const issuer = await startTokenIssuer()
  const service = startServiceProcess(
    fileURLToPath(new URL('../dist/main.js', import.meta.url)),
    devEnvironment(environment, { ...issuer, finauthUrl: simulator?.url ?? null, host, port, adminPort }),
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => service.stop())

  const serviceUrl = urlOf('http', { host, port })
  const ready = await waitUntilReady(serviceUrl, service)
  if (service.isRunning()) {
    const scope = environment['JWT_REFRESH_SCOPE']?.trim() || 'face-groups:refresh'
    const token = await issuer.mint(
      { scope: `${environment['JWT_READ_SCOPE']?.trim() ?? ''} ${scope}`.trim() },
      { expiresInSeconds: TOKEN_SECONDS },
    )
    console.log(
      banner({
        serviceUrl,
        adminUrl: urlOf('http', { host, port: adminPort }),
        simulatorUrl: simulator?.url ?? null,
        issuerUrl: issuer.issuer,
        token,
        redis: ['REDIS_URL', 'REDIS_URL_FILE', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'].some(
          (name) => environment[name],
        ),
        ready,
      }),
    )
  }
  const exitCode = await service.ended
  await Promise.all([simulator?.close(), issuer.close()])
  return exitCode
}

async function portFor(given: string | undefined, host: string, from: number, except?: number): Promise<number> {
  const port = Number(given)
  return Number.isInteger(port) && port > 0 ? port : firstFreePort(host, from, except)
}

interface BannerOptions {
  readonly serviceUrl: string
  readonly adminUrl: string
  /** null if a FinAuth is configured. */
  readonly simulatorUrl: string | null
  readonly issuerUrl: string
  readonly token: string
  readonly redis: boolean
  readonly ready: boolean
}

/** Prints addresses, and commands that work when pasted. */
function banner({ serviceUrl, adminUrl, simulatorUrl, issuerUrl, token, redis, ready }: BannerOptions): string {
  const vendorCommands = `
What the vendor received, and how to make it fail once:

curl -s ${simulatorUrl}/__simulator/calls
curl -s ${simulatorUrl}/__simulator/behaviour --json '{"behaviour": "internal_error", "times": 1}'
`
  return `
${ready ? 'face-groups runs.' : 'face-groups runs, but is not ready: see its log.'}

  page        ${serviceUrl}/#token=${token}
  admin       ${adminUrl}/metrics and /health
  vendor      ${simulatorUrl === null ? 'FINAUTH_BASE_URL, as configured' : `the simulator at ${simulatorUrl}`}
  cache       ${redis ? 'memory and Redis' : 'memory only (set REDIS_URL for Redis)'}

Try it (the token is valid for 12 hours):

curl -s ${serviceUrl}/api/face-groups -H 'Authorization: Bearer ${token}'

Another token:

curl -s ${issuerUrl}/token -d sub=ada -d 'scope=face-groups:refresh' -d expiresInSeconds=3600
${simulatorUrl === null ? '' : vendorCommands}
Ctrl-C stops everything.
`
}

interface ServiceProcess {
  /** Resolves with the exit code when the process has ended; 128 plus the signal number if a signal ended it. */
  readonly ended: Promise<number>
  /** Whether it is still running. */
  isRunning(): boolean
  /** Sends SIGTERM, so that it finishes what is in flight and exits. */
  stop(): void
}

/** Runs the service's entry point with the same Node and formats its log lines for reading. */
function startServiceProcess(
  entryPoint: string,
  environment: Readonly<Record<string, string | undefined>>,
): ServiceProcess {
  const child = spawn(process.execPath, [entryPoint], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const readableLog = pretty({
    colorize: process.stdout.isTTY,
    ignore: 'pid,hostname,service',
    customLevels: 'audit:70',
    useOnlyCustomProps: false,
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
  })
  child.stdout.pipe(readableLog)
  return {
    ended: endOf(child),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop: () => void child.kill('SIGTERM'),
  }
}

/** Whether the service at `url` became ready within half a minute; false as soon as it has exited. */
async function waitUntilReady(url: string, service: ServiceProcess): Promise<boolean> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS
  while (service.isRunning() && performance.now() < giveUpAt) {
    if (await answersOk(`${url}/health/ready`)) return true
    await delay(PROBE_EVERY_MS)
  }
  return false
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).ok
  } catch {
    return false
  }
}

async function endOf(child: ChildProcess): Promise<number> {
  await once(child, 'exit')
  return child.exitCode ?? 128 + (child.signalCode === null ? 0 : constants.signals[child.signalCode])
}
