import { type Clock, systemClock } from '../clock.js'
import type { GroupList } from '../face-groups/group-list.js'
import type { FinAuthAnswer, JudgedAnswer } from './answer.js'
import { createAttemptSignal } from './attempt-signal.js'
import { createClockSkew } from './clock-skew.js'
import { createCredentials, type CredentialPair, type OpenedPair } from './credentials.js'
import { type AttemptFailure, diagnoses, toFinAuthError } from './diagnosis.js'
import { createEgressAgent, type EgressProxy } from '../egress/egress-agent.js'
import { createExchange } from './exchange.js'
import { FinAuthError } from './finauth-error.js'
import type { AttemptOutcome, FinAuthEvents } from './finauth-events.js'
import { createRetryPlan } from './retry-plan.js'
import { createSign, cryptoRandomBelow, type RandomBelow } from './sign.js'

export interface FinAuthClientOptions {
  /** Scheme and host of the vendor's region, e.g. `https://api-sgp.yljz.com`; a path is kept as a prefix. */
  readonly baseUrl: string
  /** In order of preference: primary, then standby. */
  readonly credentials: readonly CredentialPair[]
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

export interface FinAuthList extends FinAuthAnswer {
  /** When the attempt that succeeded was sent, on the client's monotonic clock: from then on the list grows older (RFC 9111 §4.2.3). */
  readonly sentAtMs: number
}

export interface FinAuthClient {
  /**
   * The account's libraries, by one call that may take several attempts. Rejects with `FinAuthError` once they
   * have failed for good, or with the signal's reason. The list comes to share what did not change with the one `before`.
   */
  listFaceGroups(signal?: AbortSignal, before?: GroupList): Promise<FinAuthList>
  /** Ends calls under way (they reject with `FinAuthError`) and closes the connections kept alive. */
  close(): void
}

interface Attempt {
  readonly limitMs: number
  readonly caller: AbortSignal | undefined
  readonly before: GroupList | null
}

const PATH = '/finauth/search/group/group_list'

/** A client of the vendor's "Get Face Library List". Throws where `baseUrl` or the proxy's URL cannot be read. */
export function createFinAuthClient(options: FinAuthClientOptions): FinAuthClient {
  const { signTtlSeconds = 60, timeoutMs = 5000, deadlineMs = 12_000, maxAttempts = 3, backoffBaseMs = 400 } = options
  const { clock = systemClock, random = cryptoRandomBelow, events = {} } = options
  const url = new URL(`${options.baseUrl.replace(/\/+$/, '')}${PATH}`)
  const agent = createEgressAgent({ target: url, proxy: options.proxy, connectTimeoutMs: timeoutMs, ca: options.ca })
  const exchange = createExchange({ url, agent, maxResponseBytes: options.maxResponseBytes ?? 67_108_864 })
  const credentials = createCredentials(options.credentials, (slot) => events.credentialsUnreadable?.(slot))
  const skew = createClockSkew(clock)
  const closed = new AbortController()

  async function attempt(pair: OpenedPair, { limitMs, caller, before }: Attempt): Promise<JudgedAnswer> {
    const startedAt = clock.monotonicMs()
    const limit = createAttemptSignal(clock, limitMs, [caller, closed.signal])
    const { apiKey, apiSecret, slot } = pair
    const sign = createSign({ apiKey, apiSecret, nowSeconds: skew.nowSeconds(), ttlSeconds: signTtlSeconds, random })
    const isAborted = () => caller?.aborted === true || closed.signal.aborted
    const judged = await exchange(sign, {
      signal: limit.signal,
      before,
      headArrived(date) {
        const measured = isAborted() ? null : skew.measure(date, clock.monotonicMs() - startedAt)
        if (measured !== null) events.clockSkewMeasured?.(measured)
      },
    })
    limit.release()
    const durationMs = clock.monotonicMs() - startedAt
    events.attemptEnded?.({ outcome: isAborted() ? 'aborted' : outcomeOf(judged), durationMs, slot })
    for (const drift of isAborted() ? [] : judged.drifts) events.contractDrift?.(drift)
    return judged
  }

  return {
    async listFaceGroups(signal, before) {
      const startedAt = clock.monotonicMs()
      const remainingMs = () => deadlineMs - (clock.monotonicMs() - startedAt)
      const plan = createRetryPlan({ maxAttempts, backoffBaseMs, random })
      const triedInVain = new Set<string>()
      let failure: AttemptFailure = { diagnosis: 'timeout' }

      for (let delayMs: number | null = 0; delayMs !== null; delayMs = plan.next(failure, remainingMs())) {
        await pause(clock, delayMs, [signal, closed.signal])
        throwIfOver(signal)
        const pair = credentials.open(triedInVain)
        if (pair === null) break
        const limitMs = Math.min(timeoutMs, remainingMs())
        const sentAtMs = clock.monotonicMs()
        const judged = await attempt(pair, { limitMs, caller: signal, before: before ?? null })
        throwIfOver(signal)
        if (judged.kind === 'success') {
          credentials.markAccepted(pair)
          events.credentialsInUse?.(pair.slot)
          return { ...judged.answer, sentAtMs }
        }
        failure = judged.failure
        if (failure.diagnosis === 'expired_sign') skew.apply()
        if (failure.diagnosis === 'credentials') {
          triedInVain.add(pair.fingerprint)
          credentials.markRejected(pair)
          events.credentialsRejected?.(pair.slot)
        }
      }
      throw toFinAuthError(failure)
    },
    close() {
      closed.abort()
      agent.destroy()
    },
  }

  function throwIfOver(caller?: AbortSignal) {
    caller?.throwIfAborted()
    if (closed.signal.aborted) throw new FinAuthError('upstream_unavailable', 'the FinAuth client is closed')
  }
}

/** Waits, or returns early when one of `signals` aborts. */
async function pause(clock: Clock, ms: number, signals: readonly (AbortSignal | undefined)[]) {
  if (ms <= 0) return
  const limit = createAttemptSignal(clock, ms, signals)
  await new Promise<void>((resolve) => {
    if (limit.signal.aborted) resolve()
    limit.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  limit.release()
}

function outcomeOf(judged: JudgedAnswer): AttemptOutcome {
  return judged.kind === 'success' ? 'success' : diagnoses[judged.failure.diagnosis].outcome
}
