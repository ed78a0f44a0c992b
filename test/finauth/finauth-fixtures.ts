import type { CredentialSlot, SlottedPair } from '../../src/finauth/credentials.js'
import { createFinAuthClient, type FinAuthClientOptions, type FinAuthEvents } from '../../src/finauth/client.js'
import { FinAuthError } from '../../src/finauth/errors.js'
import { fixedSecret } from '../../src/secret.js'
import { exampleLibraries } from '../../simulator/vendor-libraries.js'
import { json, type Reply, type ScriptedUpstream, startScriptedUpstream } from '../support/upstream.js'

/** The vendor's documented example, by value. */
export const vendorExample = {
  request_id: '1772532811,965b2850-1bbb-4d87-a59a-c6cfd0cfa230',
  time_used: 59,
  group_infos: exampleLibraries,
}

/** Answers with the documented example. */
export const example: Reply = json(200, vendorExample)

export function pairOf(slot: CredentialSlot): SlottedPair {
  return { slot, apiKey: fixedSecret(`${slot}-key`), apiSecret: fixedSecret(`${slot}-secret`) }
}

export type RecordedEvent = {
  [K in keyof FinAuthEvents]: readonly [K, Parameters<FinAuthEvents[K]>[0]]
}[keyof FinAuthEvents]

/** Records all events in order. */
export function recordEvents(): FinAuthEvents & { readonly heard: RecordedEvent[] } {
  const heard: RecordedEvent[] = []
  return {
    heard,
    attemptEnded: (attempt) => heard.push(['attemptEnded', attempt]),
    clockSkewMeasured: (seconds) => heard.push(['clockSkewMeasured', seconds]),
    credentialsInUse: (slot) => heard.push(['credentialsInUse', slot]),
    credentialsRejected: (slot) => heard.push(['credentialsRejected', slot]),
    credentialsUnreadable: (slot) => heard.push(['credentialsUnreadable', slot]),
    contractDrift: (drift) => heard.push(['contractDrift', drift]),
  }
}

const open: { close(): unknown }[] = []

/** A client and the scripted upstream that it calls; both are closed by `closeAll`. */
export async function connect(
  replies: readonly [Reply, ...Reply[]],
  options: Partial<FinAuthClientOptions> = {},
): Promise<{
  client: ReturnType<typeof createFinAuthClient>
  upstream: ScriptedUpstream
  events: ReturnType<typeof recordEvents>
}> {
  const upstream = await startScriptedUpstream(replies)
  closeLater(upstream)
  const events = recordEvents()
  const client = createFinAuthClient({
    baseUrl: upstream.url,
    credentials: [pairOf('primary')],
    backoffBaseMs: 2,
    events,
    ...options,
  })
  closeLater(client)
  return { client, upstream, events }
}

export function closeLater(thing: { close(): unknown }): void {
  open.push(thing)
}

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((thing) => thing.close()))
}

/** The `FinAuthError` the promise rejects with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<FinAuthError> {
  const outcome = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  if (outcome instanceof FinAuthError) return outcome
  throw new TypeError(`expected a FinAuthError, got ${String(outcome)}`)
}

/** The raw text inside a signature: `a=…&b=…&c=…&d=…`. */
export function rawOf(sign: string): Record<'a' | 'b' | 'c' | 'd', string> {
  const raw = Buffer.from(sign, 'base64').subarray(20).toString()
  const { a = '', b = '', c = '', d = '' } = Object.fromEntries(new URLSearchParams(raw))
  return { a, b, c, d }
}
