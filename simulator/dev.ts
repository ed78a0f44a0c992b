import { fileURLToPath } from 'node:url'
import { config as loadDotenv } from 'dotenv'
import { devEnvironment, hasOwnFinAuth } from './dev-environment.js'
import { startFinAuthSimulator } from './finauth-simulator.js'
import { firstFreePort, urlOf } from './listen.js'
import { startServiceProcess, waitUntilReady } from './service-process.js'
import { startTokenIssuer } from './token-issuer.js'

const TOKEN_SECONDS = 12 * 3600

loadDotenv({ quiet: true })
process.exitCode = await dev(process.env)

/** Runs simulator, issuer and service until the service ends or a signal arrives. Returns the exit code. */
async function dev(environment: NodeJS.ProcessEnv): Promise<number> {
  const host = environment['HOST']?.trim() || '127.0.0.1'
  const port = await portFor(environment['PORT'], { host, from: 3000, except: [] })
  const adminPort = await portFor(environment['ADMIN_PORT'], { host, from: 9464, except: [port] })
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

async function portFor(
  given: string | undefined,
  range: { readonly host: string; readonly from: number; readonly except: readonly number[] },
): Promise<number> {
  const port = Number(given)
  return Number.isInteger(port) && port > 0 ? port : firstFreePort(range)
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
