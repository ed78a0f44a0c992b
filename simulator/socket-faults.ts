import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import type { Answer } from './failures.js'

const READING_MS = 20

/** Aborts when the connection is closed. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}

/** Waits, but no longer than the connection is open. */
export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  // Only the abort can reject, and callers check the response.
  await delay(ms, undefined, { signal: gone }).catch(() => {})
}

/** Sends the answer in pieces of `pieceBytes`, one every `intervalMs`, with a correct Content-Length. */
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

/** Resolves when the client disconnects. */
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

/** Sends RST instead of an answer, or in the middle of it. */
export async function reset(
  response: ServerResponse,
  answer: Answer,
  phase: 'before_headers' | 'mid_body',
  gone: AbortSignal,
): Promise<void> {
  if (phase === 'mid_body') {
    writeHead(response, answer, { 'Content-Length': answer.body.length })
    await written(response, firstHalf(answer))
    // An RST overtakes data that the client has not read yet; the fault should occur while it is reading.
    await pause(READING_MS, gone)
    await setImmediate()
  }
  const socket = response.socket
  // Only a plain TCP socket can send RST; a TLS one is closed without close_notify.
  if (socket !== null && socket.constructor === Socket) socket.resetAndDestroy()
  else socket?.destroy()
}

/** Sends half of the body, then closes the connection: too short for its length, or without the last chunk. */
export async function cutOff(
  response: ServerResponse,
  answer: Answer,
  framing: 'content_length' | 'chunked',
): Promise<void> {
  writeHead(response, answer, framing === 'chunked' ? {} : { 'Content-Length': answer.body.length })
  await written(response, firstHalf(answer))
  response.socket?.destroySoon()
}

/** Streams a body of any size without buffering it; stops if the client disconnects. */
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
