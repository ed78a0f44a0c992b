import type { IncomingMessage } from 'node:http'
import { repeated, soleHeader } from '../sole-header.js'
import { invalidCredentials, missingCredentials } from './refusals.js'

export interface BearerTokenOptions {
  /** Lower case. `authorization` carries `Bearer <token>` (RFC 6750), any other header the token alone. */
  readonly header: string
  /** A cookie to read where the header has no token. */
  readonly cookie: string | undefined
  /** In characters. */
  readonly maxLength: number
}

/** The token of a request, not verified. Throws `unauthenticated` where there is none, more than one, or one too long. */
export function extractToken(request: IncomingMessage, { header, cookie, maxLength }: BearerTokenOptions): string {
  const value = soleHeader(request, header)
  if (value === repeated) throw invalidCredentials('ambiguous_token')
  const bare = header === 'authorization' ? bearerToken(value ?? '') : value
  const token = bare || (cookie === undefined ? '' : cookieValue(request.headers.cookie ?? '', cookie))
  if (token === '') throw missingCredentials('no_token', 'This needs a token.')
  if (token.length > maxLength) throw invalidCredentials('oversized_token')
  return token
}

function bearerToken(value: string): string {
  return value.slice(0, 7).toLowerCase() === 'bearer ' ? value.slice(7).trimStart() : ''
}

/** A page of a sibling domain can set a second cookie of the same name, so none of several is trusted. */
function cookieValue(header: string, name: string): string {
  const pairs = header.split(';').map((pair) => pair.trim())
  const [value = '', ...others] = pairs.filter((pair) => pair.startsWith(`${name}=`))
  if (others.length > 0) throw invalidCredentials('ambiguous_token')
  return value.slice(name.length + 1).replace(/^"(.*)"$/, '$1')
}
