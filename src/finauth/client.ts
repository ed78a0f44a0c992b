import { once } from 'node:events'
import { type Clock, systemClock } from '../clock.js'
import { startDeadline } from '../deadline.js'
import { createEgressAgent, type EgressProxy } from '../egress/egress-agent.js'
import type { ParseBody, ParsedAnswer } from './answer.js'
import { createSend, type FinAuthEndpoint } from './attempt.js'
import { Credentials, type OpenedPair, type SlottedPair } from './credentials.js'
import { type AttemptFailure, diagnoses, FinAuthError, toFinAuthError } from './errors.js'
import type { FinAuthEvents } from './events.js'
import { type GroupListing, listGroups } from './list-groups.js'
import { createRetryPlan } from './retry.js'
import { ClockSkew, createSign, cryptoRandomBelow, type RandomBelow } from './sign.js'

export interface FinAuthClientOptions {
  /** Scheme and host of the vendor's region, e.g. `https://api-sgp.yljz.com`; a path is kept as a prefix. */
  readonly baseUrl: string
  /** In order of preference: primary, then standby. */
  readonly credentials: readonly SlottedPair[]
  /** Validity of one signature; `0` = single use. Default 60. */
  readonly signTtlSeconds?: number | undefined
  /** One attempt, from connecting until the last byte of the body is read and checked. Default 5000. */
  readonly timeoutMs?: number | undefined
  /** All attempts of one call and the waits between them. Default 12000. */
  readonly deadlineMs?: number | undefined
  /** All attempts of one call, those with a new signature or other credentials included. Default 3. */
  readonly maxAttempts?: number | undefined
  /** After decompression. Default 67108864 (64 MiB). */
  readonly maxResponseBytes?: number | undefined
  /** First wait between two attempts at most; doubles. Default 400. */
  readonly backoffBaseMs?: number | undefined
  /** Nothing is taken from the environment. Default: no proxy. */
  readonly proxy?: EgressProxy | undefined
  /** PEM of the only CAs to trust. Default: Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined
  readonly clock?: Clock | undefined
  readonly random?: RandomBelow | undefined
  readonly events?: Partial<FinAuthEvents> | undefined
}

export interface CallResult<T> {
  readonly value: T
  /** The vendor's id of the call, for support requests; `null` if it gave none that is safe to show. */
  readonly requestId: string | null
  /** When the attempt that succeeded was sent, on the client's monotonic clock. */
  readonly sentAtMs: number
}

/**
 * Makes one call, in one or more attempts, each with its own signature; `fields` are sent beside it, and `parseBody`
 * parses the answer. Rejects with `FinAuthError` if the call failed, or with the signal's reason.
 */
export type FinAuthCall = <T>(
  endpoint: FinAuthEndpoint,
  fields: Readonly<Record<string, string>>,
  parseBody: ParseBody<T>,
  signal?: AbortSignal,
) => Promise<CallResult<T>>

export interface FinAuthClient {
  readonly call: FinAuthCall
  /** The account's libraries. Rejects as `call` does. */
  listGroups(signal?: AbortSignal): Promise<GroupListing>
  /** Aborts calls in progress (they reject with `FinAuthError`) and closes idle connections. */
  close(): void
}

/** Creates a client of the vendor's signed API. Throws if `baseUrl` or the proxy's URL is invalid. */
export function createFinAuthClient(options: FinAuthClientOptions): FinAuthClient {
  const { baseUrl, proxy, ca, clock = systemClock, random = cryptoRandomBelow, events = {} } = options
  const { timeoutMs = 5000, deadlineMs = 12_000, maxAttempts = 3, backoffBaseMs = 400 } = options
  const { signTtlSeconds: ttlSeconds = 60, maxResponseBytes = 67_108_864 } = options
  const agent = createEgressAgent({ target: new URL(baseUrl), proxy, connectTimeoutMs: timeoutMs, ca })
  const send = createSend({ baseUrl, agent, maxResponseBytes })
  const credentials = new Credentials(options.credentials, (slot) => events.credentialsUnreadable?.(slot))
  const skew = new ClockSkew(clock)
  const closed = new AbortController()

  const call: FinAuthCall = async (endpoint, fields, parseBody, signal) => {
    const startedAtMs = clock.monotonicMs()
    const remainingMs = () => deadlineMs - (clock.monotonicMs() - startedAtMs)
    const nextDelayMs = createRetryPlan({ maxAttempts, backoffBaseMs, random })
    const rejectedInThisCall = new Set<string>()
    let failure: AttemptFailure = { diagnosis: 'timeout' }

    for (let delayMs: number | null = 0; delayMs !== null; delayMs = nextDelayMs(failure, remainingMs())) {
      await pause(delayMs, signal)
      throwIfOver(signal)
      const pair = credentials.open(rejectedInThisCall)
      if (pair === null) break
      const sentAtMs = clock.monotonicMs()
      const answer = await attempt(pair, sentAtMs)
      throwIfOver(signal)
      if (answer.kind === 'success') {
        credentials.markAccepted(pair)
        events.credentialsInUse?.(pair.slot)
        return { value: answer.value, requestId: answer.requestId, sentAtMs }
      }
      failure = answer.failure
      if (failure.diagnosis === 'expired_sign') skew.apply()
      if (failure.diagnosis === 'credentials') {
        rejectedInThisCall.add(pair.fingerprint)
        credentials.markRejected(pair)
        events.credentialsRejected?.(pair.slot)
      }
    }
    throw toFinAuthError(failure)

    async function attempt({ apiKey, apiSecret, slot }: OpenedPair, sentAtMs: number) {
      const limit = startDeadline(Math.min(timeoutMs, remainingMs()), { clock, signals: [signal, closed.signal] })
      const isAborted = () => signal?.aborted === true || closed.signal.aborted
      const answer = await send({
        path: endpoint.path,
        sign: createSign({ apiKey, apiSecret, nowSeconds: skew.nowSeconds(), ttlSeconds, random }),
        fields,
        parseBody,
        signal: limit.signal,
        onResponseHeaders(date) {
          const measured = isAborted() ? null : skew.measure(date, clock.monotonicMs() - sentAtMs)
          if (measured !== null) events.clockSkewMeasured?.(measured)
        },
      }).finally(() => limit.release())
      const durationMs = clock.monotonicMs() - sentAtMs
      const outcome = isAborted() ? 'aborted' : outcomeOf(answer)
      events.attemptEnded?.({ endpoint: endpoint.name, outcome, durationMs, slot })
      for (const drift of isAborted() ? [] : answer.drifts) {
        events.contractDrift?.({ endpoint: endpoint.name, ...drift })
      }
      return answer
    }
  }

  return {
    call,
    listGroups: (signal) => listGroups(call, signal),
    close() {
      closed.abort()
      agent.destroy()
    },
  }

  /** Waits, or returns early if the call is aborted. */
  async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (ms <= 0) return
    const limit = startDeadline(ms, { clock, signals: [signal, closed.signal] })
    if (!limit.signal.aborted) await once(limit.signal, 'abort')
    limit.release()
  }

  function throwIfOver(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted()
    if (closed.signal.aborted) throw new FinAuthError('upstream_unavailable', 'the FinAuth client is closed')
  }
}

function outcomeOf(answer: ParsedAnswer<unknown>) {
  return answer.kind === 'success' ? 'success' : diagnoses[answer.failure.diagnosis].outcome
}
