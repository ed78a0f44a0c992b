import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import {
  type FinAuthSimulator,
  type FinAuthSimulatorOptions,
  startFinAuthSimulator,
} from '../../simulator/finauth-simulator.js'
import { startTokenIssuer, type TokenIssuer, type TokenIssuerOptions } from '../../simulator/token-issuer.js'

/** One call as seen by the upstream. */
export interface UpstreamCall {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** The fields of the multipart form, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export type Reply = (response: http.ServerResponse, call: UpstreamCall) => void

export interface ScriptedUpstream {
  readonly url: string
  readonly port: number
  readonly calls: readonly UpstreamCall[]
  /** The number of open connections. */
  readonly connections: ReadonlySet<Socket>
  close(): Promise<void>
}

/** An upstream on a free loopback port: the nth call gets the nth reply, any further call the last one. */
export async function startScriptedUpstream(
  replies: readonly [Reply, ...Reply[]],
  tls?: { readonly key: string; readonly cert: string },
): Promise<ScriptedUpstream> {
  const calls: UpstreamCall[] = []
  const connections = new Set<Socket>()
  const listener: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const call = describeCall(request, Buffer.concat(chunks).toString('latin1'))
      calls.push(call)
      const reply = replies[Math.min(calls.length, replies.length) - 1] ?? replies[0]
      reply(response, call)
    })
  }
  const server = tls ? https.createServer({ ...tls }, listener) : http.createServer(listener)
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    calls,
    connections,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}

/** Answers JSON. */
export function json(status: number, value: unknown, headers: http.OutgoingHttpHeaders = {}): Reply {
  return text(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers })
}

/** Answers with `body` unmodified. */
export function text(status: number, body: string | Buffer, headers: http.OutgoingHttpHeaders = {}): Reply {
  return (response) => {
    response.writeHead(status, headers).end(body)
  }
}

function describeCall(request: http.IncomingMessage, body: string): UpstreamCall {
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body,
    fields: readFields(request.headers['content-type'] ?? '', body),
  }
}

function readFields(contentType: string, body: string): [string, string][] {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(contentType)?.[1]
  if (boundary === undefined) return []
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', value = ''] = part.split('\r\n\r\n')
      return [/name="([^"]*)"/.exec(head)?.[1] ?? '', value.replace(/\r\n$/, '')]
    })
}

/** A simulator for the tests of one file: started before them, reset before each, closed after the last. */
export function useSimulator(options: FinAuthSimulatorOptions = {}): () => FinAuthSimulator {
  let simulator: FinAuthSimulator | undefined
  beforeAll(async () => {
    simulator = await startFinAuthSimulator(options)
  })
  beforeEach(() => simulator?.reset())
  afterAll(() => simulator?.close())
  return () => started(simulator)
}

/** A token issuer for the tests of one file; its faults are cleared before each. */
export function useTokenIssuer(options: TokenIssuerOptions = {}): () => TokenIssuer {
  let issuer: TokenIssuer | undefined
  beforeAll(async () => {
    issuer = await startTokenIssuer(options)
  })
  beforeEach(() => issuer?.setFault(null))
  afterAll(() => issuer?.close())
  return () => started(issuer)
}

function started<T>(server: T | undefined): T {
  if (server === undefined) throw new Error('it is started before the tests, not while they are collected')
  return server
}
