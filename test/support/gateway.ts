import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
} from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { acceptsConnections, freePort } from './redis-server.js'
import { waitFor } from './wait-for.js'

const startScript = join(import.meta.dirname, '../../deploy/nginx/start.sh')

export const gatewaySecret = 'gateway-secret-of-this-test'

export interface GatewayAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface GatewayCall {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  /** `name:password`; `null` sends none. Default `demo:demo`. */
  readonly user?: string | null
  readonly body?: string
  /** The loopback address to call from. Default `127.0.0.1`. */
  readonly from?: string
}

/** A real nginx, set up by deploy/nginx/start.sh as for production. */
export interface Gateway {
  readonly origin: string
  /** Its self-signed certificate, in PEM. */
  readonly ca: string
  /** One request over TLS, the gateway's certificate verified. */
  call(path: string, options?: GatewayCall): Promise<GatewayAnswer>
  accessLog(): string
  /** The process ids of the workers. */
  pids(): number[]
  stop(): Promise<void>
}

export interface GatewayOptions {
  readonly nginx: string
  /** Ports of the replicas on loopback. */
  readonly replicas: readonly number[]
  readonly environment?: Readonly<Record<string, string>>
}

export async function startGateway({ nginx, replicas, environment = {} }: GatewayOptions): Promise<Gateway> {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'))
  // Tests that run as root have unprivileged workers, which need access.
  chmodSync(directory, 0o755)
  const port = await freePort()
  writeFileSync(join(directory, 'secret'), `${gatewaySecret}\n`)
  writeFileSync(join(directory, 'users'), 'demo:{PLAIN}demo\noperator:{PLAIN}demo\n')
  const run = join(directory, 'run')
  const child = spawn('sh', [startScript], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: `${dirname(nginx)}:${process.env['PATH']}`,
      GATEWAY_DIR: run,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      GATEWAY_UPSTREAMS: replicas.map((replica) => `127.0.0.1:${replica}`).join(' '),
      GATEWAY_SECRET_FILE: join(directory, 'secret'),
      GATEWAY_USERS_FILE: join(directory, 'users'),
      GATEWAY_ACCESS_LOG: join(run, 'access.log'),
      // Tests send everything from one address.
      GATEWAY_REQUESTS_PER_SECOND: '0',
      GATEWAY_CONCURRENT_REQUESTS: '0',
      ...environment,
    },
  })
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  try {
    await waitFor(
      () => {
        if (child.exitCode !== null) throw new Error('nginx exited')
        return acceptsConnections(port)
      },
      { timeoutMs: 30_000, intervalMs: 20 },
    )
  } catch {
    child.kill()
    rmSync(directory, { recursive: true })
    throw new GatewayRefusedError(child.exitCode, errors.join(''))
  }
  // The test's agent closes idle connections before nginx does, so that no request meets a closing connection.
  const keepAlive = { keepAlive: true, timeout: 30_000 }
  const ca = readFileSync(join(run, 'generated/self-signed.crt'), 'utf8')
  const agent = new Agent({ ca, ...keepAlive })
  return {
    origin: `https://localhost:${port}`,
    ca,
    call: (path, options = {}) => call({ port, agent, path, ...options }),
    pids: () =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    accessLog: () => readFileSync(join(run, 'access.log'), 'utf8'),
    async stop() {
      agent.destroy()
      child.kill('SIGQUIT')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(directory, { recursive: true })
    },
  }
}

/** The gateway exited instead of listening. */
export class GatewayRefusedError extends Error {
  override readonly name = 'GatewayRefusedError'
  readonly exitCode: number | null

  constructor(exitCode: number | null, errors: string) {
    super(errors)
    this.exitCode = exitCode
  }
}

function call(options: GatewayCall & { port: number; agent: Agent; path: string }): Promise<GatewayAnswer> {
  const { port, agent, path, method = 'GET', headers = {}, body, user = 'demo:demo', from: localAddress } = options
  return new Promise((resolve, reject) => {
    const auth = user === null ? {} : { auth: user }
    const where = { host: 'localhost', family: 4, port, agent, ...(localAddress !== undefined && { localAddress }) }
    const sent = request({ ...where, path, method, headers, ...auth }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** An HTTP server behind a gateway that records the requests. */
export interface RecordingServer {
  readonly port: number
  /** In order of arrival. */
  readonly requests: readonly IncomingMessage[]
  stop(): Promise<void>
}

export async function startRecordingServer(answer: RequestListener): Promise<RecordingServer> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
