import { config as loadDotenv } from 'dotenv'
import { systemClock } from './clock.js'
import { compose } from './compose.js'
import type { Config } from './config/config.js'
import { ConfigError, loadConfig } from './config/load-config.js'
import { explorerAssets } from './explorer/explorer-assets.js'
import { type ListenOptions, listen, type RunningServer } from './http/server.js'
import { shutDown } from './operations/lifecycle.js'
import { createLog, describeError, type Log } from './operations/log.js'

/** `EX_CONFIG` of sysexits.h. */
const exitConfiguration = 78

loadDotenv({ quiet: true })
const config = configOrExit()
const log = createLog({ level: config.logLevel })
await run(config, log)

function configOrExit(): Config {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const fault of error.faults) process.stderr.write(`configuration: ${fault}\n`)
    return process.exit(exitConfiguration)
  }
}

async function run(config: Config, log: Log): Promise<void> {
  const service = compose(config, { log, ...(config.explorer && { explorer: explorerAssets() }) })
  await service.start()
  const publicServer = await listenOrExit(service.app, { port: config.port, onUnreadable: service.unreadable })
  const adminServer = config.adminPort === null ? null : await listenOrExit(service.admin, { port: config.adminPort })
  log.info({ host: config.host, port: publicServer.port, adminPort: adminServer?.port ?? null }, 'listening')

  let leaving: Promise<void> | null = null
  const leave = (exitCode: number): void => {
    leaving ??= shutDown({ service, publicServer, adminServer, ...config.shutdown, clock: systemClock, log })
    void leaving.then(() => process.exit(exitCode))
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'shutting down')
      leave(0)
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ error: describeError(error) }, 'unhandled fault; shutting down')
      leave(1)
    })
  }

  async function listenOrExit(app: typeof service.app, how: Omit<ListenOptions, 'host'>): Promise<RunningServer> {
    try {
      return await listen(app, { host: config.host, ...how })
    } catch (error) {
      log.fatal({ port: how.port, error: describeError(error) }, 'cannot listen')
      await service.close()
      return process.exit(1)
    }
  }
}
