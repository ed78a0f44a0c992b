import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../src/clock.js'
import type { CallRecord } from './call-counts.js'
import { type Answer, errorAnswer, failureAnswer } from './failures.js'
import type { FinAuthState } from './finauth-state.js'
import { newRequestId } from './library-list.js'
import { readBody } from './listen.js'
import { misbehave } from './misbehave.js'
import { type Verdict, verifyCall } from './verify-call.js'

export const LIST_PATH = '/finauth/search/group/group_list'

export interface ListEndpointOptions {
  readonly clock: Clock
  readonly clockToleranceSeconds: number
  readonly everySignOnce: boolean
  onCall(call: CallRecord): void
  /** FinAuth's own URL, known after it listens. */
  ownUrl(): string
}

const maxFormBytes = 65_536

/**
 * Answers `POST group_list`. The call is always verified and counted; the answer then depends on the behaviour, because
 * a broken network or an outage does not depend on the signature.
 */
export function createListEndpoint(state: FinAuthState, options: ListEndpointOptions) {
  const { clock, clockToleranceSeconds: toleranceSeconds, everySignOnce } = options
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAt = clock.monotonicMs()
    const behaviour = state.script.next()
    response.once('close', state.counts.begin())
    const body = await readBody(request, { maxBytes: maxFormBytes })
    const nowMs = state.nowMs() + (behaviour.kind === 'wrong_clock' ? behaviour.offsetSeconds * 1000 : 0)
    response.setHeader('Date', new Date(nowMs).toUTCString())
    const nowSeconds = Math.floor(nowMs / 1000)
    const verdict = await verifyCall({
      contentType: request.headers['content-type'],
      body,
      recordSign: (sign) => state.counts.recordSign(sign),
      findAccount: (apiKey) => [...state.accounts.values()].find((account) => account.apiKey === apiKey),
      nowSeconds,
      toleranceSeconds,
      everySignOnce,
    })
    const name = behaviour.kind === 'failure' ? behaviour.name : behaviour.kind
    options.onCall(state.counts.record(verdict, name, clock.wallMs()))
    const timeUsedMs = Math.max(1, Math.round(clock.monotonicMs() - arrivedAt))
    return misbehave(response, {
      behaviour,
      answer: answerTo(verdict, nowSeconds, timeUsedMs),
      requestId: newRequestId(nowSeconds),
      ownUrl: options.ownUrl() + LIST_PATH,
    })
  }

  function answerTo(verdict: Verdict, nowSeconds: number, timeUsedMs: number): Answer {
    if (verdict.accepted) return state.libraries.answer(nowSeconds, timeUsedMs)
    if (verdict.reason === 'too_large') return failureAnswer('request_entity_too_large')
    return errorAnswer(verdict.status, verdict.error)
  }
}
