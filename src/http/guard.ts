import type { Request, Response } from 'express'
import { type Authenticate, type Caller, requireFewPatterns, requireScope } from './authentication/caller.js'
import { type RateLimiter, rateLimited } from './rate-limit.js'
import { contextOf } from './request-context.js'

export interface GuardOptions {
  readonly authenticate: Authenticate
  /** Per caller; `null` = off. */
  readonly limiter: RateLimiter | null
  readonly onRateLimited: () => void
}

/**
 * Lets a request through to `answer` once it is known who asks, that they are within their quota, and that
 * they have `scope` (empty: everyone has it). Rejects with the `ProblemError` that says why not.
 */
export type Guard = (request: Request, response: Response, rule: GuardRule) => Promise<void>

export interface GuardRule {
  readonly scope: string
  readonly answer: (caller: Caller) => void | Promise<void>
}

export function createGuard({ authenticate, limiter, onRateLimited }: GuardOptions): Guard {
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
    requireScope(caller, scope)
    requireFewPatterns(caller)
    return answer(caller)
  }

  return async (request, response, rule) => admit(response, await authenticate(request), rule)
}
