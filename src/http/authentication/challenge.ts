import { ProblemError } from '../problem.js'

const realm = 'Bearer realm="face-groups"'

/** 401 where no proof came at all: a challenge without an error code (RFC 6750 section 3.1). */
export function noProof(detail: string): ProblemError {
  return new ProblemError('unauthenticated', { detail, headers: { 'WWW-Authenticate': realm } })
}

/** 401 where a proof came and is not good. `detail` is a fixed sentence; it must be printable ASCII without quotes. */
export function invalidProof(detail: string): ProblemError {
  return new ProblemError('unauthenticated', {
    detail,
    headers: { 'WWW-Authenticate': `${realm}, error="invalid_token", error_description="${detail}"` },
  })
}

/** 403 where the caller is known and lacks `scope` (RFC 6750 section 3.1). */
export function insufficientScope(scope: string): ProblemError {
  return new ProblemError('forbidden', {
    detail: `This needs the scope ${scope}.`,
    headers: { 'WWW-Authenticate': `${realm}, error="insufficient_scope", scope="${scope}"` },
    reason: 'missing_scope',
  })
}
