import { createHmac, randomBytes } from 'node:crypto'
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
  /** Distinguishes this key and secret from any other without revealing them; valid within this process only. */
  readonly fingerprint: string
}

/** Chooses the pair that signs. Secrets are read each time, so a rotated pair counts as new and is preferred again. */
export class Credentials {
  readonly #pairs: readonly SlottedPair[]
  readonly #onUnreadable: (slot: CredentialSlot) => void
  readonly #salt = randomBytes(32)
  #rejected: readonly string[] = []

  /** `pairs` in order of preference. `onUnreadable` is called with each pair that had to be skipped. */
  constructor(pairs: readonly SlottedPair[], onUnreadable: (slot: CredentialSlot) => void = () => {}) {
    this.#pairs = pairs
    this.#onUnreadable = onUnreadable
  }

  /**
   * The first pair that was not rejected, otherwise the first; `null` if all readable pairs are in
   * `rejectedInThisCall`. Throws `FinAuthError` (`upstream_rejected`) if none is readable.
   */
  open(rejectedInThisCall: ReadonlySet<string>): OpenedPair | null {
    const readable = this.#pairs.map((pair) => this.#read(pair)).filter((pair) => pair !== null)
    if (readable.length === 0) {
      const slots = this.#pairs.map(({ slot }) => slot).join(' and ')
      const message = `unreadable FinAuth credentials: ${slots}`
      throw new FinAuthError('upstream_rejected', message, { retryable: false })
    }
    const untried = readable.filter((pair) => !rejectedInThisCall.has(pair.fingerprint))
    return untried.find((pair) => !this.#rejected.includes(pair.fingerprint)) ?? untried[0] ?? null
  }

  markRejected({ fingerprint }: OpenedPair): void {
    // Only the newest few can still be current; bounded for processes that see many rotations.
    this.#rejected = [...new Set([...this.#rejected, fingerprint])].slice(-8)
  }

  markAccepted({ fingerprint }: OpenedPair): void {
    this.#rejected = this.#rejected.filter((known) => known !== fingerprint)
  }

  #read({ slot, apiKey: key, apiSecret: secret }: SlottedPair): OpenedPair | null {
    try {
      const [apiKey, apiSecret] = [key.reveal(), secret.reveal()]
      const hmac = createHmac('sha256', this.#salt).update(JSON.stringify([apiKey, apiSecret]))
      return { slot, apiKey, apiSecret, fingerprint: hmac.digest('base64') }
    } catch {
      this.#onUnreadable(slot)
      return null
    }
  }
}
