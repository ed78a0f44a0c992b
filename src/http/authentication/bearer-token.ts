import type { IncomingMessage } from 'node:http'
import { repeatedHeader, getSingleHeader } from '../single-header.js'
import { invalidCredentials, missingCredentials } from './refusals.js'

/** In characters. */
const maxTokenLength = 8192

/**
 * Extracts the token of a request without verifying it: from `header` (lower case), where `authorization` carries
 * `Bearer <token>` (RFC 6750) and any other header the bare token; otherwise from `cookie`. Throws `unauthenticated` if
 * there is no token, more than one, or one that is too long.
 */
export function extractToken(request: IncomingMessage, header: string, cookie?: string): string {
  const value = getSingleHeader(request, header)
  if (value === repeatedHeader) throw invalidCredentials('ambiguous_token')
  const bare = header === 'authorization' ? bearerToken(value ?? '') : value
  const token = bare || (cookie === undefined ? '' : cookieValue(request.headers.cookie ?? '', cookie))
  if (token === '') throw missingCredentials('no_token', 'This needs a token.')
  if (token.length > maxTokenLength) throw invalidCredentials('oversized_token')
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
