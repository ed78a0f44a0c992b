import { once } from 'node:events'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib'
import {
  type Answer,
  blownUpBody,
  errorAnswer,
  failureAnswer,
  htmlAnswer,
  invalidJsonAnswer,
  invalidUtf8Answer,
  wrongShapeAnswer,
} from './answers.js'
import type { CallBehaviour } from './behaviour.js'

export interface MisbehaveOptions {
  readonly behaviour: CallBehaviour
  /** The answer of a working FinAuth. */
  readonly answer: Answer
  readonly requestId: string
  /** The list's own URL. */
  readonly ownUrl: string
}

const compress = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const

/**
 * Answers the call as the behaviour says. Resolves when nothing more will be written, for a hang when the connection is
 * closed; rejects if the client disconnects during a large body.
 */
export async function misbehave(response: ServerResponse, options: MisbehaveOptions): Promise<void> {
  const { behaviour, answer, requestId } = options
  const gone = goneSignal(response)
  if (behaviour.delayMs !== undefined) await pause(behaviour.delayMs, gone)
  if (response.destroyed) return

  switch (behaviour.kind) {
    case 'normal':
    case 'wrong_clock':
      return send(response, answer)
    case 'failure':
      return send(response, failureAnswer(behaviour.name, behaviour), retryAfter(behaviour))
    case 'error':
      return send(response, errorAnswer(behaviour.status, behaviour.error), retryAfter(behaviour))
    case 'error_with_200':
      return send(response, errorAnswer(200, behaviour.error))
    case 'html':
      return send(response, htmlAnswer(behaviour.status), retryAfter(behaviour))
    case 'empty':
      return send(response, { ...answer, status: behaviour.status, body: Buffer.alloc(0) })
    case 'invalid_json':
      return send(response, invalidJsonAnswer(answer))
    case 'invalid_utf8':
      return send(response, invalidUtf8Answer(requestId))
    case 'wrong_shape':
      return send(response, wrongShapeAnswer(behaviour.shape, requestId))
    case 'redirect': {
      const headers = { Location: behaviour.location ?? options.ownUrl }
      return send(response, { ...answer, status: behaviour.status, body: Buffer.alloc(0) }, headers)
    }
    case 'encoded': {
      const body = compress[behaviour.encoding](answer.body)
      return send(response, { ...answer, body }, { 'Content-Encoding': behaviour.encoding })
    }
    case 'trickle':
      return trickle(response, answer, behaviour, gone)
    case 'hang':
      return hang(response, answer, behaviour.phase, gone)
    case 'reset':
      return reset(response, answer, behaviour.phase, gone)
    case 'cut_off':
      return cutOff(response, answer, behaviour.framing)
    case 'oversized':
    case 'gzip_bomb':
      return blowUp(response, blownUpBody(requestId, behaviour.bytes), behaviour.kind === 'gzip_bomb')
  }
}

/** Sends the whole answer with a correct Content-Length. */
export function send(response: ServerResponse, answer: Answer, headers: OutgoingHttpHeaders = {}): void {
  const { status, contentType, body } = answer
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': body.length, ...headers })
  response.end(body)
}

function retryAfter({ retryAfter }: { readonly retryAfter?: string | number | undefined }): OutgoingHttpHeaders {
  return retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
}

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
async function trickle(
  response: ServerResponse,
  answer: Answer,
  pace: { readonly pieceBytes: number; readonly intervalMs: number },
  gone: AbortSignal,
): Promise<void> {
  writeHead(response, answer)
  for (let at = 0; at < answer.body.length && !gone.aborted; at += pace.pieceBytes) {
    response.write(answer.body.subarray(at, at + pace.pieceBytes))
    await pause(pace.intervalMs, gone)
  }
  response.end()
}

/** Resolves when the client disconnects. */
async function hang(
  response: ServerResponse,
  answer: Answer,
  phase: 'before_headers' | 'after_headers' | 'mid_body',
  gone: AbortSignal,
): Promise<void> {
  if (phase !== 'before_headers') {
    writeHead(response, answer)
    response.flushHeaders()
  }
  if (phase === 'mid_body') response.write(firstHalf(answer))
  if (!gone.aborted) await once(gone, 'abort')
}

/** Sends RST instead of an answer, or in the middle of it. */
async function reset(
  response: ServerResponse,
  answer: Answer,
  phase: 'before_headers' | 'mid_body',
  gone: AbortSignal,
): Promise<void> {
  if (phase === 'mid_body') {
    writeHead(response, answer)
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
async function cutOff(response: ServerResponse, answer: Answer, framing: 'content_length' | 'chunked'): Promise<void> {
  writeHead(response, answer, framing)
  await written(response, firstHalf(answer))
  response.socket?.destroySoon()
}

/** Streams a body of any size without buffering it; stops if the client disconnects. */
async function blowUp(response: ServerResponse, body: Iterable<Buffer>, compressed: boolean): Promise<void> {
  const encoding = compressed ? { 'Content-Encoding': 'gzip' } : {}
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', ...encoding })
  const pieces = Readable.from(body)
  await (compressed ? pipeline(pieces, createGzip(), response) : pipeline(pieces, response))
}

function writeHead(
  response: ServerResponse,
  { status, contentType, body }: Answer,
  framing?: 'content_length' | 'chunked',
) {
  const length = framing === 'chunked' ? {} : { 'Content-Length': body.length }
  response.writeHead(status, { 'Content-Type': contentType, ...length })
}

function firstHalf(answer: Answer): Buffer {
  return answer.body.subarray(0, Math.ceil(answer.body.length / 2))
}

async function written(response: ServerResponse, piece: Buffer): Promise<void> {
  await new Promise((resolve) => response.write(piece, resolve))
}
