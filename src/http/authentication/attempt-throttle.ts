import type { IncomingMessage } from 'node:http'
import { addressKey } from '../client-address.js'
import type { RateLimiter } from '../rate-limit.js'
import { rateLimited } from '../rate-limit.js'
import type { AuthenticationEvents } from './events.js'

/** Bounds how many bad proofs one client address may have judged. */
export interface AttemptThrottle {
  /** Throws the problem `rate_limited` where the address has used up its failures. */
  admit(request: IncomingMessage): void
  failed(request: IncomingMessage): void
}

export interface AttemptThrottleOptions {
  /** Counts failures per address; `null` bounds nothing. */
  readonly limiter: RateLimiter | null
  readonly events: AuthenticationEvents
  /**
   * The client's address, as far as it can be believed (Express's `request.ip` under `trust proxy`).
   * Default: the socket's peer.
   */
  readonly addressOf?: (request: IncomingMessage) => string | undefined
}

/** Only failures count; what an authenticator still remembers as good it lets in without asking here. */
export function createAttemptThrottle(options: AttemptThrottleOptions): AttemptThrottle {
  const { limiter, events, addressOf = (request) => request.socket.remoteAddress } = options
  return {
    admit(request) {
      if (limiter === null) return
      const verdict = limiter.peek(addressKey(addressOf(request)))
      if (verdict.allowed) return
      events.refused('too_many_failures')
      throw rateLimited(limiter, verdict)
    },
    failed(request) {
      limiter?.consume(addressKey(addressOf(request)))
    },
  }
}
