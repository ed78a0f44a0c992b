import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import type { Answer } from './failures.js'

const READING_MS = 20

/** Aborts when the connection is gone. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}

/** Waits, but not longer than the connection lives. */
export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  // The only way to fail is the abort, which callers see on the response.
  await delay(ms, undefined, { signal: gone }).catch(() => {})
}

/** The answer in pieces of `pieceBytes`, one every `intervalMs`, under an honest Content-Length. */
export async function trickle(
  response: ServerResponse,
  answer: Answer,
  pace: { readonly pieceBytes: number; readonly intervalMs: number },
  gone: AbortSignal,
): Promise<void> {
  writeHead(response, answer, { 'Content-Length': answer.body.length })
  for (let at = 0; at < answer.body.length && !gone.aborted; at += pace.pieceBytes) {
    response.write(answer.body.subarray(at, at + pace.pieceBytes))
    await pause(pace.intervalMs, gone)
  }
  response.end()
}

/** Resolves when the client gives up. */
export async function hang(
  response: ServerResponse,
  answer: Answer,
  phase: 'before_headers' | 'after_headers' | 'mid_body',
  gone: AbortSignal,
): Promise<void> {
  if (phase !== 'before_headers') {
    writeHead(response, answer, { 'Content-Length': answer.body.length })
    response.flushHeaders()
  }
  if (phase === 'mid_body') response.write(firstHalf(answer))
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }))
}

/** RST instead of an answer, or half-way through it. */
export async function reset(
  response: ServerResponse,
  answer: Answer,
  phase: 'before_headers' | 'mid_body',
  gone: AbortSignal,
): Promise<void> {
  if (phase === 'mid_body') {
    writeHead(response, answer, { 'Content-Length': answer.body.length })
    await written(response, firstHalf(answer))
    // An RST overtakes what the client has not read yet; it is to meet the fault in the middle of reading.
    await pause(READING_MS, gone)
    await setImmediate()
  }
  const socket = response.socket
  // Only a plain TCP socket can send RST; a TLS one is torn down without its close_notify.
  if (socket !== null && socket.constructor === Socket) socket.resetAndDestroy()
  else socket?.destroy()
}

/** Half of the body, then an orderly end of the connection: too short for its length, or without its last chunk. */
export async function cutOff(
  response: ServerResponse,
  answer: Answer,
  framing: 'content_length' | 'chunked',
): Promise<void> {
  writeHead(response, answer, framing === 'chunked' ? {} : { 'Content-Length': answer.body.length })
  await written(response, firstHalf(answer))
  response.socket?.destroySoon()
}

/** Streams a body of any size without holding it; stops when the client does. */
export async function blowUp(
  response: ServerResponse,
  body: Iterable<Buffer>,
  { compressed }: { readonly compressed: boolean },
): Promise<void> {
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    ...(compressed ? { 'Content-Encoding': 'gzip' } : {}),
  })
  const pieces = Readable.from(body)
  await (compressed ? pipeline(pieces, createGzip(), response) : pipeline(pieces, response))
}

function writeHead(response: ServerResponse, answer: Answer, headers: Record<string, number>): void {
  response.writeHead(answer.status, { 'Content-Type': answer.contentType, ...headers })
}

function firstHalf(answer: Answer): Buffer {
  return answer.body.subarray(0, Math.ceil(answer.body.length / 2))
}

async function written(response: ServerResponse, piece: Buffer): Promise<void> {
  await new Promise((resolve) => response.write(piece, resolve))
}
