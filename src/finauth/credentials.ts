import { createHash } from 'node:crypto'
import type { Secret } from '../secret.js'
import { FinAuthError } from './errors.js'

export type CredentialSlot = 'primary' | 'standby'

export interface CredentialPair {
  readonly apiKey: Secret
  readonly apiSecret: Secret
}

/** A pair and its slot. */
export type SlottedPair = CredentialPair & { readonly slot: CredentialSlot }

/** A pair read for one attempt. Must not be kept longer. */
export interface OpenedPair {
  readonly slot: CredentialSlot
  readonly apiKey: string
  readonly apiSecret: string
  /** Distinguishes this key and secret from any other without revealing them. */
  readonly fingerprint: string
}

/**
 * Chooses the pair that signs, from `pairs` in order of preference. Secrets are read each time, so a rotated pair
 * counts as new and is preferred again. `onUnreadable` is called with each pair that had to be skipped.
 */
export function createCredentials(pairs: readonly SlottedPair[], onUnreadable: (slot: CredentialSlot) => void) {
  /** The fingerprint of the pair that the vendor last rejected in each slot. */
  const rejected = new Map<CredentialSlot, string>()

  function read({ slot, apiKey: key, apiSecret: secret }: SlottedPair): OpenedPair[] {
    try {
      const [apiKey, apiSecret] = [key.reveal(), secret.reveal()]
      const fingerprint = createHash('sha256')
        .update(JSON.stringify([apiKey, apiSecret]))
        .digest('base64')
      return [{ slot, apiKey, apiSecret, fingerprint }]
    } catch {
      onUnreadable(slot)
      return []
    }
  }

  return {
    /**
     * The first pair that was not rejected, otherwise the first; `undefined` if all readable pairs are in
     * `rejectedInThisCall`. Throws `FinAuthError` (`upstream_rejected`) if none is readable.
     */
    open(rejectedInThisCall: ReadonlySet<string>): OpenedPair | undefined {
      const readable = pairs.flatMap(read)
      if (readable.length === 0) {
        const message = `unreadable FinAuth credentials: ${pairs.map(({ slot }) => slot).join(' and ')}`
        throw new FinAuthError('upstream_rejected', message, { retryable: false })
      }
      const untried = readable.filter(({ fingerprint }) => !rejectedInThisCall.has(fingerprint))
      return untried.find(({ slot, fingerprint }) => rejected.get(slot) !== fingerprint) ?? untried[0]
    },
    markRejected: ({ slot, fingerprint }: OpenedPair) => void rejected.set(slot, fingerprint),
    markAccepted: ({ slot }: OpenedPair) => void rejected.delete(slot),
  }
}
