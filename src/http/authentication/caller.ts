import type { IncomingMessage } from 'node:http'

/** Who is asking, as proven by a token or vouched for by the gateway. */
export interface Caller {
  /** Stable id of the caller (`sub`, or the gateway's user header). */
  readonly subject: string
  readonly scopes: ReadonlySet<string>
  /** Group-id patterns (`*` wildcard) the caller is confined to; `null` when every group may be seen. */
  readonly groupPatterns: readonly string[] | null
}

/**
 * Finds out who is asking. Answers synchronously where nothing has to be awaited (a remembered token).
 * Throws, or rejects with, a `ProblemError`: `unauthenticated` with its `WWW-Authenticate` challenge
 * (RFC 6750), or `identity_provider_unavailable`.
 */
export type Authenticate = (request: IncomingMessage) => Caller | Promise<Caller>
