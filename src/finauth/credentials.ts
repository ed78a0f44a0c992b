import { createHmac, randomBytes } from 'node:crypto'
import type { Secret } from '../secret.js'
import { FinAuthError } from './finauth-error.js'

export type CredentialSlot = 'primary' | 'standby'

export interface CredentialPair {
  readonly slot: CredentialSlot
  readonly apiKey: Secret
  readonly apiSecret: Secret
}

/** A pair opened for one attempt. Keep it no longer than that. */
export interface OpenedPair {
  readonly slot: CredentialSlot
  readonly apiKey: string
  readonly apiSecret: string
  /** Tells this key and secret from any other, and nothing about them; meaningful in this process alone. */
  readonly fingerprint: string
}

export interface Credentials {
  /**
   * The pair for the next attempt, or `null` where the call has `tried` all that can be read: the first that
   * is not known as rejected, else simply the first. Secrets are read anew each time, so a rotated pair
   * is a new one and comes first again. Throws `FinAuthError` (`upstream_rejected`) where none can be read.
   */
  open(tried: ReadonlySet<string>): OpenedPair | null
  markRejected(pair: OpenedPair): void
  markAccepted(pair: OpenedPair): void
}

/** `pairs` in order of preference. `onUnreadable` hears of a pair that had to be passed over. */
export function createCredentials(
  pairs: readonly CredentialPair[],
  onUnreadable: (slot: CredentialSlot) => void = () => {},
): Credentials {
  const salt = randomBytes(32)
  let rejected: ReadonlySet<string> = new Set()

  const fingerprintOf = (apiKey: string, apiSecret: string) =>
    createHmac('sha256', salt)
      .update(JSON.stringify([apiKey, apiSecret]))
      .digest('base64')

  function read({ slot, apiKey, apiSecret }: CredentialPair): OpenedPair | null {
    try {
      const opened = { apiKey: apiKey.reveal(), apiSecret: apiSecret.reveal() }
      return { slot, ...opened, fingerprint: fingerprintOf(opened.apiKey, opened.apiSecret) }
    } catch {
      onUnreadable(slot)
      return null
    }
  }

  return {
    open(tried) {
      const readable = pairs.map(read).filter((pair) => pair !== null)
      if (readable.length === 0) throw unreadable(pairs)
      const untried = readable.filter((pair) => !tried.has(pair.fingerprint))
      return untried.find((pair) => !rejected.has(pair.fingerprint)) ?? untried[0] ?? null
    },
    markRejected({ fingerprint }) {
      // Only the newest few can still be current; a process that sees many rotations must not remember them all.
      rejected = new Set([...rejected, fingerprint].slice(-8))
    },
    markAccepted({ fingerprint }) {
      rejected = new Set([...rejected].filter((known) => known !== fingerprint))
    },
  }
}

function unreadable(pairs: readonly CredentialPair[]): FinAuthError {
  const slots = pairs.map(({ slot }) => slot).join(' and ')
  return new FinAuthError('upstream_rejected', `the FinAuth credentials cannot be read: ${slots}`, { patience: 'long' })
}
