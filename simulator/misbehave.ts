import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { CallBehaviour } from './behaviour.js'
import { type Answer, errorAnswer, failureAnswer } from './failures.js'
import { blowUp, cutOff, goneSignal, hang, pause, reset, trickle } from './socket-faults.js'
import { blownUpBody, htmlAnswer, invalidJsonAnswer, invalidUtf8Answer, wrongShapeAnswer } from './wrong-bodies.js'

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
    case 'redirect':
      return send(
        response,
        { ...answer, status: behaviour.status, body: Buffer.alloc(0) },
        { Location: behaviour.location ?? options.ownUrl },
      )
    case 'encoded':
      return send(
        response,
        { ...answer, body: compress[behaviour.encoding](answer.body) },
        { 'Content-Encoding': behaviour.encoding },
      )
    case 'trickle':
      return trickle(response, answer, behaviour, gone)
    case 'hang':
      return hang(response, answer, behaviour.phase, gone)
    case 'reset':
      return reset(response, answer, behaviour.phase, gone)
    case 'cut_off':
      return cutOff(response, answer, behaviour.framing)
    case 'oversized':
      return blowUp(response, blownUpBody(requestId, behaviour.bytes), { compressed: false })
    case 'gzip_bomb':
      return blowUp(response, blownUpBody(requestId, behaviour.bytes), { compressed: true })
  }
}

/** Sends the whole answer with a correct Content-Length. */
export function send(response: ServerResponse, answer: Answer, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': answer.body.length,
    ...headers,
  })
  response.end(answer.body)
}

function retryAfter({ retryAfter }: { readonly retryAfter?: string | number | undefined }): OutgoingHttpHeaders {
  return retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
}
