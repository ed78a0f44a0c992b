import type { IncomingMessage } from 'node:http'
import { addressKey } from '../../ip-address.js'
import { ProblemError } from '../problem.js'
import { type RateLimiter, rateLimited } from '../rate-limit.js'

/** Limits how many wrong credentials a client address may try. Remembered credentials are accepted without a check. */
export interface AttemptThrottle {
  /** Throws the problem `rate_limited` if the address has used up its failures. */
  admit(request: IncomingMessage): void
  failed(request: IncomingMessage): void
}

/**
 * Counts failures with `limiter` (`null`: no limit) by the client's address as far as it is trusted, such as Express's
 * `request.ip`. Default: by the socket's peer.
 */
export function createAttemptThrottle(
  limiter: RateLimiter | null,
  addressOf: (request: IncomingMessage) => string | undefined = (request) => request.socket.remoteAddress,
): AttemptThrottle {
  return {
    admit(request) {
      if (limiter === null) return
      const verdict = limiter.peek(addressKey(addressOf(request)))
      if (verdict.allowed) return
      const problem = rateLimited(limiter, verdict)
      throw new ProblemError(problem.code, { ...problem.options, reason: 'too_many_failures' })
    },
    failed: (request) => void limiter?.consume(addressKey(addressOf(request))),
  }
}
