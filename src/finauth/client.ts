import { once } from 'node:events'
import { type Clock, systemClock } from '../clock.js'
import { startDeadline } from '../deadline.js'
import { createEgressAgent, type EgressProxy } from '../egress/egress-agent.js'
import { type ContractDrift, parseAnswer, type ParseBody } from './answer.js'
import { createPost, type FinAuthEndpoint } from './attempt.js'
import { createCredentials, type CredentialSlot, type OpenedPair, type SlottedPair } from './credentials.js'
import { type AttemptFailure, type AttemptOutcome, diagnoses, FinAuthError, toFinAuthError } from './errors.js'
import { type GroupListing, listGroups } from './list-groups.js'
import { createRetryPlan } from './retry.js'
import { createClockSkew, createSign } from './sign.js'

export interface FinAuthClientOptions {
  /** Scheme and host of the vendor's region, e.g. `https://api-sgp.yljz.com`; a path is kept as a prefix. */
  readonly baseUrl: string
  /** In order of preference: primary, then standby. */
  readonly credentials: readonly SlottedPair[]
  /** Validity of one signature; `0` = single use. Default 60. */
  readonly signTtlSeconds?: number | undefined
  /** One attempt, from connecting until the last byte of the body is read. Default 5000. */
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
  readonly events?: Partial<FinAuthEvents> | undefined
}

/**
 * What happens inside the client, for logs and metrics. Every member is called synchronously and must not throw.
 * Nothing passed contains a key, a secret or a signature. `endpoint` is the endpoint's name, e.g. `group_list`.
 */
export interface FinAuthEvents {
  attemptEnded(attempt: { endpoint: string; outcome: AttemptOutcome; durationMs: number; slot: CredentialSlot }): void
  /** Vendor's clock minus ours, in seconds; positive if ours is behind. Accurate to about half a second. */
  clockSkewMeasured(skewSeconds: number): void
  /** The vendor accepted this pair. */
  credentialsInUse(slot: CredentialSlot): void
  /** The vendor rejected this pair; it is not used again until it changes or no other is left. */
  credentialsRejected(slot: CredentialSlot): void
  /** A secret file of this pair is unreadable; the other pair is used instead. Called once per attempt. */
  credentialsUnreadable(slot: CredentialSlot): void
  /** Called after the `attemptEnded` of the same answer. */
  contractDrift(drift: ContractDrift & { endpoint: string }): void
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
  const { baseUrl, proxy, ca, clock = systemClock, events = {} } = options
  const { timeoutMs = 5000, deadlineMs = 12_000, maxAttempts = 3, backoffBaseMs = 400 } = options
  const { signTtlSeconds: ttlSeconds = 60, maxResponseBytes = 67_108_864 } = options
  const agent = createEgressAgent({ target: new URL(baseUrl), proxy, connectTimeoutMs: timeoutMs, ca })
  const post = createPost({ baseUrl, agent, maxResponseBytes })
  const credentials = createCredentials(options.credentials, (slot) => events.credentialsUnreadable?.(slot))
  const skew = createClockSkew(clock)
  const closed = new AbortController()

  const call: FinAuthCall = async ({ name, path }, fields, parseBody, signal) => {
    const startedAtMs = clock.monotonicMs()
    const remainingMs = () => deadlineMs - (clock.monotonicMs() - startedAtMs)
    const isAborted = () => signal?.aborted === true || closed.signal.aborted
    const startLimit = (ms: number) => startDeadline(ms, { clock, signals: [signal, closed.signal] })
    const nextDelayMs = createRetryPlan({ maxAttempts, backoffBaseMs })
    const rejectedInThisCall = new Set<string>()
    let failure: AttemptFailure = { diagnosis: 'timeout' }

    for (let delayMs: number | null = 0; delayMs !== null; delayMs = nextDelayMs(failure, remainingMs())) {
      if (delayMs > 0) await pause(delayMs)
      throwIfAborted()
      const pair = credentials.open(rejectedInThisCall)
      if (pair === undefined) break
      const sentAtMs = clock.monotonicMs()
      const answer = await attempt(pair, sentAtMs)
      throwIfAborted()
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
      const sign = createSign({ apiKey, apiSecret, nowSeconds: skew.nowSeconds(), ttlSeconds })
      const limit = startLimit(Math.min(timeoutMs, remainingMs()))
      const received = await post({
        path,
        fields: { sign, sign_version: 'hmac_sha1', ...fields },
        signal: limit.signal,
        onResponseHeaders(date) {
          const skewSeconds = isAborted() ? null : skew.measure(date, clock.monotonicMs() - sentAtMs)
          if (skewSeconds !== null) events.clockSkewMeasured?.(skewSeconds)
        },
      })
      limit.release()
      const answer =
        'diagnosis' in received
          ? ({ kind: 'failure', failure: received, drifts: [] } as const)
          : await parseAnswer(received, parseBody)
      const durationMs = clock.monotonicMs() - sentAtMs
      const outcome = answer.kind === 'success' ? 'success' : diagnoses[answer.failure.diagnosis].outcome
      events.attemptEnded?.({ endpoint: name, outcome: isAborted() ? 'aborted' : outcome, durationMs, slot })
      for (const drift of isAborted() ? [] : answer.drifts) events.contractDrift?.({ endpoint: name, ...drift })
      return answer
    }

    function throwIfAborted(): void {
      signal?.throwIfAborted()
      if (closed.signal.aborted) throw new FinAuthError('upstream_unavailable', 'the FinAuth client is closed')
    }

    /** Waits, or returns early if the call is aborted. */
    async function pause(ms: number): Promise<void> {
      const limit = startLimit(ms)
      if (!limit.signal.aborted) await once(limit.signal, 'abort')
      limit.release()
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
}
