import { config as loadDotenv } from 'dotenv'
import { systemClock } from './clock.js'
import { compose } from './compose.js'
import type { Config } from './config/config.js'
import {
  ConfigError,
  type ConfigFault,
  findHostFaults,
  findUnknownVariables,
  loadConfig,
} from './config/load-config.js'
import { explorerAssets, type ExplorerAsset } from './explorer/explorer-assets.js'
import { listen, type ListenOptions, type RunningServer } from './http/server.js'
import { shutDown } from './operations/lifecycle.js'
import { createLog, type Log } from './operations/log.js'
import { packageVersion } from './package-file.js'

/** `EX_CONFIG` of sysexits.h. */
const exitConfiguration = 78

loadDotenv({ quiet: true })
const config = await configOrExit()
const log = createLog({ level: config.logLevel })
for (const unknown of findUnknownVariables(process.env)) log.warn(unknown, 'unknown variable')
await run(config, log)

async function configOrExit(): Promise<Config> {
  const faults = await findHostFaults(process.env)
  try {
    const config = loadConfig(process.env)
    if (faults.length === 0) return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    faults.push(...error.faults)
  }
  reportFaults(faults)
  return process.exit(exitConfiguration)
}

/** As JSON log lines in production, otherwise as plain lines. */
function reportFaults(faults: readonly ConfigFault[]): void {
  const write = (line: string) => void process.stderr.write(line)
  if (process.env['NODE_ENV']?.trim() === 'production') {
    const log = createLog({ level: 'fatal', destination: { write } })
    for (const fault of faults) log.fatal(fault, 'configuration invalid')
  } else {
    for (const { detail } of faults) write(`configuration: ${detail}\n`)
  }
}

function explorerOf({ environment, signInUrl, signOutUrl }: Config): ReadonlyMap<string, ExplorerAsset> {
  return explorerAssets({ service: { version: packageVersion(), environment, signInUrl, signOutUrl } })
}

async function run(config: Config, log: Log): Promise<void> {
  const service = compose(config, { log, ...(config.explorer && { explorer: explorerOf(config) }) })
  const servers: { public: RunningServer | null; admin: RunningServer | null } = { public: null, admin: null }
  let isLeaving = false
  let exitCode = 0

  // Registered before anything is opened, because a signal may arrive while Redis delays the start.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!isLeaving) log.info({ signal }, 'shutting down')
      void leave()
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ error }, 'unhandled error, shutting down')
      exitCode = 1
      void leave()
    })
  }

  await service.start()
  if (isLeaving) return
  try {
    servers.public = await listenAt(service.app, { port: config.port, onRejected: service.onRejected })
    servers.admin = config.adminPort === null ? null : await listenAt(service.admin, { port: config.adminPort })
  } catch {
    exitCode = 1
    return leave({ ...config.shutdown, delayMs: 0 })
  }
  log.info({ host: config.host, port: servers.public.port, adminPort: servers.admin?.port ?? null }, 'listening')

  async function leave(limits = config.shutdown): Promise<void> {
    if (isLeaving) return
    isLeaving = true
    await shutDown({ service, servers, ...limits, clock: systemClock, log })
    process.exit(exitCode)
  }

  async function listenAt(app: typeof service.app, how: Omit<ListenOptions, 'host'>): Promise<RunningServer> {
    try {
      return await listen(app, { host: config.host, ...how })
    } catch (error) {
      log.fatal({ host: config.host, port: how.port, error }, 'cannot listen')
      throw error
    }
  }
}
