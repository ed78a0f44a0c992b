import type { CredentialSlot } from './credentials.js'

/** How one attempt ended; a closed set, fit for a metric's label. */
export type AttemptOutcome =
  | 'success'
  | 'rejected'
  | 'credentials_rejected'
  | 'expired_sign'
  | 'overloaded'
  | 'invalid_response'
  | 'unavailable'
  | 'timeout'
  | 'aborted'

/** In what way the vendor departed from what it documents; a closed set, fit for a metric's label. */
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

/** One departure from the documented contract, summed up per answer. */
export interface ContractDrift {
  readonly kind: DriftKind
  /** How often it occurred in this answer, at least 1. */
  readonly count: number
  /** The first occurrence in a few words of ours; never holds the vendor's free text. */
  readonly detail: string
}

/**
 * What happens inside the client, for logs and metrics. Every member is called synchronously and must
 * not throw. Nothing handed over holds a key, a secret or a signature.
 */
export interface FinAuthEvents {
  attemptEnded(attempt: { outcome: AttemptOutcome; durationMs: number; slot: CredentialSlot }): void
  /** Vendor's clock minus ours, in seconds; positive when ours is behind. Exact to about half a second. */
  clockSkewMeasured(skewSeconds: number): void
  /** The vendor accepted this pair just now. */
  credentialsInUse(slot: CredentialSlot): void
  /** The vendor rejected this pair; it is not used again until it changes or no other is left. */
  credentialsRejected(slot: CredentialSlot): void
  /** A secret file of this pair cannot be read; the other pair is used meanwhile. Called once per attempt. */
  credentialsUnreadable(slot: CredentialSlot): void
  contractDrift(drift: ContractDrift): void
}
