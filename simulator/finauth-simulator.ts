import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type Clock, systemClock } from '../src/clock.js'
import { type Answer, errorAnswer, failureAnswer } from './answers.js'
import type { Behaviour } from './behaviour.js'
import { CONTROL_PATH, control } from './control.js'
import { type Account, type CallRecord, type CallReport, FinAuthState } from './finauth-state.js'
import { closeNow, listen, readBody, urlOf } from './listen.js'
import { misbehave, send } from './misbehave.js'
import { type Libraries, newRequestId } from './vendor-libraries.js'
import { type Verdict, verifyCall } from './verify-call.js'

const LIST_PATH = '/finauth/search/group/group_list'
const maxFormBytes = 65_536

/** The default account. Works with simulators only. */
export const demoAccount: Account = {
  name: 'demo',
  apiKey: 'simulator-demo-key-not-a-secret',
  apiSecret: 'simulator-demo-secret-not-a-secret',
}

export interface FinAuthSimulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Serve HTTPS with this certificate and key (PEM). Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Default: only `demoAccount`. */
  readonly accounts?: readonly Account[]
  /** Default: the vendor's published example. */
  readonly libraries?: Libraries
  /** Default `normal`. */
  readonly behaviour?: Behaviour | string
  /** How far FinAuth's clock is ahead of this machine's. Default 0. */
  readonly clockOffsetSeconds?: number
  /** Reject every reused signature, as a strict vendor might. Default false: only single-use ones. */
  readonly everySignOnce?: boolean
  readonly clock?: Clock
  /** Called with every call before it is answered. */
  readonly onCall?: (call: CallRecord) => void
}

export interface FinAuthSimulator {
  /** Without a path, as `FINAUTH_BASE_URL` expects it. */
  readonly url: string
  readonly port: number
  calls(): CallReport
  /**
   * Changes the behaviour: until changed again, or for the next `times` calls. Behaviours set with `times` are queued.
   * The name of a behaviour or of a failure is enough.
   */
  set(behaviour: Behaviour | string, options?: { readonly times?: number }): void
  setLibraries(libraries: Libraries): void
  /** Registers the account, or replaces the one of the same name. */
  putAccount(account: Account): void
  removeAccount(name: string): void
  /** How far FinAuth's clock is ahead of this machine's; negative for behind. */
  setClockOffset(seconds: number): void
  /** Restores the start options; forgets counts and signatures. */
  reset(): void
  /** Closes every connection and stops listening. */
  close(): Promise<void>
}

/**
 * Starts a simulated FinAuth that verifies signatures, counts calls, and misbehaves on request. Resolves when it
 * listens; rejects if it cannot (port in use) or if an option is not a valid behaviour.
 */
export async function startFinAuthSimulator(options: FinAuthSimulatorOptions = {}): Promise<FinAuthSimulator> {
  const { host = '127.0.0.1', clock = systemClock, tls } = options
  const state = new FinAuthState({
    accounts: options.accounts ?? [demoAccount],
    libraries: options.libraries ?? 'example',
    behaviour: options.behaviour ?? 'normal',
    clockOffsetSeconds: options.clockOffsetSeconds ?? 0,
    clock,
  })

  /**
   * The call is always verified and counted; the answer then depends on the behaviour, because a broken network or an
   * outage does not depend on the signature.
   */
  async function list(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
      everySignOnce: options.everySignOnce ?? false,
    })
    const name = behaviour.kind === 'failure' ? behaviour.name : behaviour.kind
    const call = state.counts.record(verdict, name, clock.wallMs())
    options.onCall?.(call)
    const timeUsedMs = Math.max(1, Math.round(clock.monotonicMs() - arrivedAt))
    return misbehave(response, {
      behaviour,
      answer: answerTo(verdict, nowSeconds, timeUsedMs),
      requestId: newRequestId(nowSeconds),
      ownUrl: url + LIST_PATH,
    })
  }

  function answerTo(verdict: Verdict, nowSeconds: number, timeUsedMs: number): Answer {
    if (verdict.accepted) return state.libraries.answer(nowSeconds, timeUsedMs)
    if (verdict.reason === 'too_large') return failureAnswer('request_entity_too_large')
    return errorAnswer(verdict.status, verdict.error)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path === CONTROL_PATH || path.startsWith(`${CONTROL_PATH}/`)) return control(state, request, response)
    response.setHeader('Date', new Date(state.nowMs()).toUTCString())
    if (path !== LIST_PATH) return send(response, failureAnswer('api_not_found'))
    if (request.method === 'POST') return list(request, response)
    return send(response, errorAnswer(405, 'METHOD_NOT_ALLOWED'), { Allow: 'POST' })
  }
  // The only remaining failure is a disconnected client.
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy())
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  const port = await listen(server, { host, port: options.port ?? 0 })
  const url = urlOf(tls === undefined ? 'http' : 'https', { host, port })

  return {
    url,
    port,
    calls: () => state.counts.report(),
    set: (behaviour, how) => state.script.set(behaviour, how),
    setLibraries: (libraries) => state.libraries.set(libraries),
    putAccount: (account) => void state.accounts.set(account.name, account),
    removeAccount: (name) => void state.accounts.delete(name),
    setClockOffset: (seconds) => state.setClockOffset(seconds),
    reset: () => state.reset(),
    close: () => closeNow(server),
  }
}
