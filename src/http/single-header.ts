import type { IncomingMessage } from 'node:http'

/** Returned for a header that was sent more than once although only one is allowed. */
export const repeatedHeader: unique symbol = Symbol('repeated header')

/**
 * The value of the header `name` (lower case), `undefined` if absent, `repeatedHeader` if it was sent more than once.
 * Reads the raw headers: `request.headers` keeps the first of two `Authorization` lines and joins others, while the
 * gateway may have used the last.
 */
export function getSingleHeader(request: IncomingMessage, name: string): string | undefined | typeof repeatedHeader {
  const raw = request.rawHeaders
  let found: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const candidate = raw[i]
    if (candidate?.length !== name.length || (candidate !== name && candidate.toLowerCase() !== name)) continue
    if (found !== undefined) return repeatedHeader
    found = raw[i + 1] ?? ''
  }
  return found
}
