import type { CredentialSlot } from './credentials.js'
import type { AttemptOutcome } from './errors.js'

/** How an answer deviated from the vendor's documentation; a closed set, usable as a metric label. */
export const driftKinds = [
  'unknown_error_code',
  'bad_request',
  'wrong_url',
  'redirect',
  'invalid_shape',
  'invalid_text',
  'bad_record',
  'unreadable_time',
  'bad_request_id',
] as const

export type DriftKind = (typeof driftKinds)[number]

/** One deviation from the documented contract, counted per answer. */
export interface ContractDrift {
  readonly kind: DriftKind
  /** How often it occurred in this answer, at least 1. */
  readonly count: number
  /** The first occurrence in our own words; never contains the vendor's free text. */
  readonly detail: string
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
