import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Router } from 'express'
import type { Clock } from '../../src/clock.js'
import { compose, type Service } from '../../src/compose.js'
import { type Environment, loadConfig } from '../../src/config/load-config.js'
import { secretVariables } from '../../src/config/variables.js'
import { createLog } from '../../src/operations/log.js'
import type { Asset } from '../../src/http/assets.js'
import { type ListenOptions, listen } from '../../src/http/server.js'
import { demoAccount, type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { type Claims, type MintOptions, startTokenIssuer, type TokenIssuer } from '../../simulator/token-issuer.js'
import { expectToMatchContract } from '../contract/contract.js'
import { leakDetector } from './leak-detector.js'
import { redisContents } from './redis-server.js'

/** The service as composed for production, on a free port, with a real simulator and a real token issuer. */
export interface RunningService {
  readonly url: string
  readonly adminUrl: string
  readonly simulator: FinAuthSimulator
  readonly issuer: TokenIssuer
  readonly service: Service
  /** Every log line so far. */
  logs(): Record<string, unknown>[]
  /** `fetch` at the public port with a valid token, unless `authorization` overrides it. */
  call(path: string, options?: CallOptions): Promise<Response>
  token(claims?: Claims, how?: MintOptions): Promise<string>
  stop(): Promise<void>
}

export interface CallOptions extends RequestInit {
  /** `null` sends none. */
  readonly authorization?: string | null
}

export interface StartServiceOptions {
  readonly environment?: Environment
  readonly clock?: Clock
  /** The explorer page; off by default. */
  readonly explorer?: ReadonlyMap<string, Asset>
  /** Further routes of the public app. */
  readonly routes?: readonly Router[]
  /** Called before the service starts, e.g. to make the vendor or the issuer misbehave from the first call on. */
  readonly prepare?: (simulator: FinAuthSimulator, issuer: TokenIssuer) => void
  /** Limits of the public server. */
  readonly limits?: ListenOptions['limits']
}

export async function startService(options: StartServiceOptions = {}): Promise<RunningService> {
  const simulator = await startFinAuthSimulator()
  const issuer = await startTokenIssuer()
  options.prepare?.(simulator, issuer)
  const lines: Record<string, unknown>[] = []
  const environment: Environment = {
    FINAUTH_BASE_URL: simulator.url,
    FINAUTH_API_KEY: demoAccount.apiKey,
    FINAUTH_API_SECRET: demoAccount.apiSecret,
    AUTH_MODE: 'jwt',
    JWT_ISSUER: issuer.issuer,
    JWT_AUDIENCE: issuer.audience,
    JWT_JWKS_URI: issuer.jwksUri,
    ...options.environment,
  }
  forbidSecrets(environment)
  const config = loadConfig(environment)
  const { clock, explorer, routes } = options
  const log = createLog({
    level: config.logLevel,
    destination: { write: (text) => void lines.push(...recordedLines(text)) },
  })
  const service = compose(config, {
    log,
    ...(clock && { clock }),
    ...(explorer && { explorer }),
    ...(routes && { routes }),
  })
  await service.start()
  await service.idle()
  const publicServer = await listen(recorded(service.app), {
    host: '127.0.0.1',
    port: 0,
    onRejected: service.onRejected,
    ...(options.limits && { limits: options.limits }),
  })
  const adminServer = await listen(recorded(service.admin), { host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${publicServer.port}`

  async function token(claims?: Claims, how?: MintOptions): Promise<string> {
    const minted = await issuer.mint(claims, how)
    leakDetector.forbid('a token', minted)
    return minted
  }
  return {
    url,
    adminUrl: `http://127.0.0.1:${adminServer.port}`,
    simulator,
    issuer,
    service,
    token,
    logs: () => lines,
    async call(path, { authorization, headers, ...rest } = {}) {
      const sent = new Headers(headers)
      const value = authorization === undefined ? `Bearer ${await token()}` : authorization
      if (value !== null) sent.set('authorization', value)
      const response = await fetch(url + path, { ...rest, headers: sent })
      // The raw answer may have been compressed.
      leakDetector.record('a response', await response.clone().text())
      await expectToMatchContract(response.clone(), { method: rest.method ?? 'GET', path })
      return response
    },
    async stop() {
      // Every test causes at least one answer and one log line to check.
      await fetch(`${url}/health/live`)
      if (config.redis?.topology.kind === 'standalone') {
        leakDetector.record('Redis', await redisContents(config.redis.topology.url.reveal()))
      }
      await publicServer.drain({ graceMs: 300 })
      await service.close()
      await adminServer.drain({ graceMs: 0 })
      await Promise.all([simulator.close(), issuer.close()])
      expect(leakDetector.leaks()).toEqual([])
      expect(leakDetector.recorded('a response')).toBeGreaterThan(0)
      if (config.logLevel === 'info') expect(leakDetector.recorded('a log line')).toBeGreaterThan(0)
    },
  }
}

/** Not the URLs: without a password in them, they may be shown. */
const secretNames = secretVariables.filter((name) => name !== 'HTTPS_PROXY' && name !== 'REDIS_URL')

function forbidSecrets(environment: Environment): void {
  for (const name of secretNames) {
    const path = environment[`${name}_FILE`]
    const value = environment[name] || (path && readFileSync(path, 'utf8').trim())
    if (value) leakDetector.forbid(name, value)
  }
}

function recordedLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      leakDetector.record('a log line', line)
      return JSON.parse(line) as Record<string, unknown>
    })
}

/** The same app; the leak detector receives every byte that it writes to a caller, headers included. */
function recorded(app: RequestListener): RequestListener {
  const tapped = new WeakSet<Socket>()
  return (request, response) => {
    const { socket } = request
    if (!tapped.has(socket)) {
      tapped.add(socket)
      const write = socket.write.bind(socket)
      socket.write = (chunk: string | Uint8Array, ...rest: never[]) => {
        leakDetector.record('a response', Buffer.from(chunk).toString('latin1'))
        return write(chunk, ...rest)
      }
    }
    app(request, response)
  }
}
