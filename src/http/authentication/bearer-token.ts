import type { IncomingMessage } from 'node:http'
import { repeated, soleHeader } from '../sole-header.js'
import { invalidCredentials, missingCredentials } from './refusals.js'

/** In characters. */
const maxTokenLength = 8192

/**
 * The token of a request, not verified: from `header` (lower case), where `authorization` carries `Bearer <token>`
 * (RFC 6750) and any other the token alone, else from `cookie`. Throws `unauthenticated` where there is none, more than
 * one, or one too long.
 */
export function extractToken(request: IncomingMessage, header: string, cookie?: string): string {
  const value = soleHeader(request, header)
  if (value === repeated) throw invalidCredentials('ambiguous_token')
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
