import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { startTokenIssuer, type TokenIssuer } from '../../simulator/token-issuer.js'
import { type Gateway, startGateway } from '../support/gateway.js'
import { createCertificate, type TestCertificate } from '../support/certificates.js'
import { createResettableLeakDetector, type ResettableLeakDetector } from '../support/leak-detector.js'
import { prepareFleet, type ProcessFleet, type ReplicaProcess } from '../support/replicas.js'
import { startSteadyLoad, type SteadyLoad } from '../support/steady-load.js'
import { waitFor } from '../support/wait-for.js'
import { type AnswerChecker, createAnswerChecker, listOf, versionOf } from './answer-checker.js'
import type { SharedRedis } from './shared-redis.js'

const ttlMs = 1000
const backoffMs = 1000
/** The longest wait for the vendor without a copy. */
const deadlineMs = 1600
/** The vendor's host name for the service; only the preloaded module resolves it. */
export const vendorName = 'vendor.test'

/** Failed calls to the vendor. */
export const failedCalls = /^finauth_request_duration_seconds_count\{endpoint="group_list",outcome="(?!success)/

/** A small but complete deployment: a gateway, three replicas, Redis, the vendor. */
export interface Deployment<R extends SharedRedis = SharedRedis> {
  readonly simulator: FinAuthSimulator
  readonly fleet: ProcessFleet
  readonly replicas: readonly ReplicaProcess[]
  readonly redis: R
  readonly gateway: Gateway
  readonly issuer: TokenIssuer
  readonly checker: AnswerChecker
  readonly leakDetector: ResettableLeakDetector
  /** For certificates that the replicas trust. */
  readonly certificates: Certificates
  /** Headers of every request of the load, e.g. a token. */
  callerHeaders: Record<string, string>
  /** How long a fault lasts by default. */
  readonly paceMs: number
  /** Changes the vendor's list. Returns the new list's number. */
  changeList(): number
  /** Resolves when each replica serves that list or a later one, fresh. */
  shows(version: number, withinMs: number): Promise<void>
  /** A metric's value per replica; the sum if several series match. */
  metric(series: RegExp): Promise<number[]>
  /** The sum of a counter over the replicas. */
  counted(series: RegExp): Promise<number>
  stop(): Promise<void>
}

export interface Certificates {
  readonly right: TestCertificate
  readonly wrongName: TestCertificate
  readonly expired: TestCertificate
}

export interface DeploymentOptions<R extends SharedRedis> {
  readonly main: string
  readonly nginx: string
  readonly redis: R
  readonly paceMs: number
  /** How long a copy may be served beyond its TTL. Default ten minutes. */
  readonly staleMs?: number | undefined
  readonly environment?: (issuer: TokenIssuer) => Record<string, string>
}

export async function startDeployment<R extends SharedRedis>(options: DeploymentOptions<R>): Promise<Deployment<R>> {
  const { main, nginx, redis, paceMs, staleMs = 600_000, environment } = options
  const certificates = {
    right: createCertificate(vendorName),
    wrongName: createCertificate('elsewhere.test'),
    expired: createCertificate(vendorName, { days: -1 }),
  }
  const trusted = join(tmpdir(), `face-groups-trusted-${process.pid}-${Date.now()}.pem`)
  writeFileSync(
    trusted,
    Object.values(certificates)
      .map(({ cert }) => cert)
      .join(''),
  )
  const leakDetector = createResettableLeakDetector()
  const encryptionKey = randomBytes(24).toString('hex')
  leakDetector.forbid('the encryption key', encryptionKey)
  for (const [what, secret] of redis.secrets) leakDetector.forbid(what, secret)
  const checker = createAnswerChecker({ ttlMs, staleMs })
  const first = checker.begin()
  const simulator = await startFinAuthSimulator({ tls: certificates.right, libraries: { groupInfos: listOf(first) } })
  const issuer = await startTokenIssuer()
  const fleet = await prepareFleet({
    main,
    size: 3,
    vendorPort: simulator.port,
    vendorUrl: (port) => `https://${vendorName}:${port}`,
    nodeArguments: ['--expose-gc', '--import', join(import.meta.dirname, 'preload.mjs')],
    leakDetector,
    environment: {
      NODE_EXTRA_CA_CERTS: trusted,
      FINAUTH_TIMEOUT_MS: '800',
      FINAUTH_DEADLINE_MS: String(deadlineMs),
      FINAUTH_MAX_RESPONSE_BYTES: String(16 * 1024 * 1024),
      CACHE_TTL_SECONDS: String(ttlMs / 1000),
      CACHE_STALE_SECONDS: String(staleMs / 1000),
      CACHE_REFRESH_BACKOFF_SECONDS: String(backoffMs / 1000),
      CACHE_ENCRYPTION_KEY: encryptionKey,
      ...redis.environment,
      ...environment?.(issuer),
    },
  })
  for (const replica of fleet.replicas) await replica.start()
  const gateway = await startGateway({ nginx, replicas: fleet.replicas.map(({ port }) => port) })

  const deployment: Deployment<R> = {
    simulator,
    fleet,
    replicas: fleet.replicas,
    redis,
    gateway,
    issuer,
    checker,
    leakDetector,
    certificates,
    callerHeaders: {},
    paceMs,
    changeList() {
      const version = checker.begin()
      simulator.setLibraries({ groupInfos: listOf(version) })
      return version
    },
    async shows(version, withinMs) {
      const shown = async (replica: ReplicaProcess): Promise<boolean> => {
        const { body, headers } = await fleet.ask(replica, { headers: deployment.callerHeaders })
        const { data } = JSON.parse(body) as { data?: { name: string }[] }
        const isFresh = headers['cache-status']?.includes('detail=stale') === false
        return isFresh && (versionOf(data?.[0]?.name ?? '') ?? 0) >= version
      }
      await waitFor(
        async () => {
          const all = await Promise.all(deployment.replicas.map((replica) => shown(replica).catch(() => false)))
          if (all.every(Boolean)) return true
          await delay(20)
          return null
        },
        { timeoutMs: withinMs },
      )
    },
    metric: (series) => Promise.all(deployment.replicas.map((replica) => metricAt(replica, series))),
    async counted(series) {
      return (await deployment.metric(series)).reduce((sum, count) => sum + count, 0)
    },
    async stop() {
      await gateway.stop()
      await fleet.stop()
      await Promise.all([simulator.close(), issuer.close(), redis.stop()])
      rmSync(trusted)
    },
  }
  return deployment
}

async function metricAt({ adminPort }: ReplicaProcess, series: RegExp): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
  const lines = text.split('\n').filter((line) => !line.startsWith('#') && series.test(line))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** A hundred requests per second through the gateway, of every kind a web app sends; each answer is checked. */
export function startDeploymentLoad(deployment: Deployment): SteadyLoad {
  const { gateway, checker, leakDetector } = deployment
  const etags = new Map<string, string>()

  async function ask(count: number): Promise<string[]> {
    const path = pathOf(count)
    const etag = count % 3 === 0 ? etags.get(path) : undefined
    const headers = { ...deployment.callerHeaders, ...(etag !== undefined && { 'if-none-match': etag }) }
    const sentAt = performance.now()
    const answer = await gateway.call(path, { headers })
    leakDetector.record('a response', JSON.stringify(answer))
    if (answer.headers.etag !== undefined) etags.set(path, answer.headers.etag)
    return checker.check({ path, etag, sentAt, answer })
  }

  return startSteadyLoad({ perSecond: 100, ask })
}

function pathOf(count: number): string {
  const paths = ['/api/face-groups', '/api/face-groups?limit=5&sort=-name', '/api/face-groups/library-7']
  return paths[(count % 7) % paths.length] ?? ''
}
