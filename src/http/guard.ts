import type { Request, Response } from 'express'
import { requireFewPatterns, requireScope } from './authentication/authorise.js'
import type { Authenticate, Caller } from './authentication/caller.js'
import type { AuthenticationEvents } from './authentication/events.js'
import { type RateLimiter, rateLimited } from './rate-limit.js'
import { contextOf } from './request-context.js'

export interface GuardOptions {
  readonly authenticate: Authenticate
  /** Per caller; `null` = off. */
  readonly limiter: RateLimiter | null
  readonly events: AuthenticationEvents
  readonly onRateLimited: () => void
}

/**
 * Lets a request through to `answer` once it is known who asks, that they are within their quota, and that
 * they have `scope` (empty: everyone has it). Stays synchronous where nothing has to be awaited. Throws, or
 * rejects with, the `ProblemError` that says why not.
 */
export type Guard = (request: Request, response: Response, rule: GuardRule) => void | Promise<void>

export interface GuardRule {
  readonly scope: string
  readonly answer: (caller: Caller) => void | Promise<void>
}

export function createGuard({ authenticate, limiter, events, onRateLimited }: GuardOptions): Guard {
  function admit(response: Response, caller: Caller, { scope, answer }: GuardRule): void | Promise<void> {
    const context = contextOf(response)
    context.caller = caller
    if (limiter) {
      const verdict = limiter.consume(caller.subject)
      if (!verdict.allowed) {
        onRateLimited()
        throw rateLimited(limiter, verdict)
      }
      context.lines += limiter.lines(verdict)
    }
    requireScope(caller, scope, events)
    requireFewPatterns(caller, events)
    return answer(caller)
  }

  return (request, response, rule) => {
    const caller = authenticate(request)
    return caller instanceof Promise
      ? caller.then((known) => admit(response, known, rule))
      : admit(response, caller, rule)
  }
}
