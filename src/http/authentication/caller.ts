import type { IncomingMessage } from 'node:http'

/** Who is asking, as proven by a token or vouched for by the gateway. */
export interface Caller {
  /** Stable id of the caller (`sub`, or the gateway's user header). */
  readonly subject: string
  readonly scopes: ReadonlySet<string>
  /** Group-id patterns (`*` wildcard) the caller is confined to; `null` when every group may be seen. */
  readonly groupPatterns: readonly string[] | null
}

/** Of all callers that are remembered at once. */
export const maxRememberedBytes = 32 * 2 ** 20

/** About how many bytes a remembered caller takes, rather too many than too few. */
export function weighCaller({ subject, scopes, groupPatterns }: Caller): number {
  const texts = [subject, ...scopes, ...(groupPatterns ?? [])]
  return texts.reduce((sum, { length }) => sum + 64 + 2 * length, 512 + 64 * scopes.size)
}

/**
 * Finds out who is asking. Answers synchronously where nothing has to be awaited (a remembered token).
 * Throws, or rejects with, a `ProblemError`: `unauthenticated` with its `WWW-Authenticate` challenge
 * (RFC 6750), or `identity_provider_unavailable`.
 */
export type Authenticate = (request: IncomingMessage) => Caller | Promise<Caller>
