import { hasDuplicateMembers } from './duplicate-members.js'
import type { TokenKeyHeader } from './keys.js'
import { TokenRefused } from './token-refused.js'

/**
 * The two header parameters a key is chosen by. Throws `TokenRefused` (`malformed_token`) unless the token
 * has exactly the compact form of RFC 7515: three parts in canonical base64url, so that one token has one
 * spelling, and a header that is a JSON object naming each parameter once.
 */
export function readProtectedHeader(token: string): TokenKeyHeader {
  const parts = token.split('.', 4)
  if (parts.length !== 3 || !parts.every(isCanonical)) throw new TokenRefused('malformed_token')
  const header = parseHeader(Buffer.from(parts[0] ?? '', 'base64url'))
  if (typeof header.alg !== 'string') throw new TokenRefused('malformed_token')
  if (header.kid === undefined) return { alg: header.alg }
  if (typeof header.kid !== 'string') throw new TokenRefused('malformed_token')
  return { alg: header.alg, kid: header.kid }
}

function isCanonical(part: string): boolean {
  return /^[\w-]+$/.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part
}

function parseHeader(bytes: Buffer): { alg?: unknown; kid?: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const header: unknown = JSON.parse(text)
    if (typeof header === 'object' && header !== null && !hasDuplicateMembers(text)) return header
  } catch {
    // Answered below.
  }
  throw new TokenRefused('malformed_token')
}
