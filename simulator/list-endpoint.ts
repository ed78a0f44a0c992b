import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../src/clock.js'
import type { CallBehaviour } from './behaviour.js'
import type { CallRecord } from './call-counts.js'
import { type Answer, errorAnswer, failureAnswer } from './failures.js'
import type { FinAuthState } from './finauth-state.js'
import { judgeCall } from './judge-call.js'
import { newRequestId } from './library-list.js'
import { misbehave } from './misbehave.js'
import { readBody } from './read-body.js'
import { refuse, type Verdict } from './refusals.js'
import { verifySign } from './verify-sign.js'

export const LIST_PATH = '/finauth/search/group/group_list'

export interface ListEndpointOptions {
  readonly clock: Clock
  readonly clockToleranceSeconds: number
  readonly everySignOnce: boolean
  onCall(call: CallRecord): void
  /** FinAuth's own URL, known once it listens. */
  ownUrl(): string
}

const MAX_FORM_BYTES = 65_536

/**
 * Answers `POST group_list`. The call is always judged and counted; what is answered then is up to the
 * behaviour, as a broken network or an outage asks for no signature.
 */
export function createListEndpoint(state: FinAuthState, options: ListEndpointOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAt = options.clock.monotonicMs()
    const behaviour = state.script.next()
    response.once('close', state.counts.begin())
    const body = await readBody(request, { maxBytes: MAX_FORM_BYTES })
    const nowMs = state.nowMs() + (behaviour.kind === 'wrong_clock' ? behaviour.offsetSeconds * 1000 : 0)
    response.setHeader('Date', new Date(nowMs).toUTCString())
    const nowSeconds = Math.floor(nowMs / 1000)
    const verdict = body === null ? refuse('too_large') : judge(request, body, nowSeconds)
    options.onCall(state.counts.record(verdict, describe(behaviour), options.clock.wallMs()))
    const timeUsedMs = Math.max(1, Math.round(options.clock.monotonicMs() - arrivedAt))
    return misbehave(response, {
      behaviour,
      answer: answerTo(verdict, nowSeconds, timeUsedMs),
      requestId: newRequestId(nowSeconds),
      ownUrl: options.ownUrl() + LIST_PATH,
    })
  }

  function judge(request: IncomingMessage, body: Buffer, nowSeconds: number): Verdict {
    return judgeCall({
      contentType: request.headers['content-type'],
      body,
      notice: (sign) => state.counts.notice(sign),
      verify: (sign, seenBefore) =>
        verifySign(sign, {
          accounts: state.accounts,
          nowSeconds,
          toleranceSeconds: options.clockToleranceSeconds,
          seenBefore,
          everySignOnce: options.everySignOnce,
        }),
    })
  }

  function answerTo(verdict: Verdict, nowSeconds: number, timeUsedMs: number): Answer {
    if (verdict.accepted) return state.libraries.answer(nowSeconds, timeUsedMs)
    if (verdict.reason === 'too_large') return failureAnswer('request_entity_too_large')
    return errorAnswer(verdict.status, verdict.error)
  }
}

function describe(behaviour: CallBehaviour): string {
  return behaviour.kind === 'failure' ? behaviour.name : behaviour.kind
}
