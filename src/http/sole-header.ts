import type { IncomingMessage } from 'node:http'

/** Stands for a header that came more than once, where only one can be meant. */
export const repeated: unique symbol = Symbol('repeated header')

/**
 * The value of the header `name` (lower case), `undefined` where it did not come and `repeated` where it
 * came more than once. Reads the raw headers: `request.headers` keeps the first of two `Authorization`
 * lines and joins others, while the gateway before us may have looked at the last.
 */
export function soleHeader(request: IncomingMessage, name: string): string | undefined | typeof repeated {
  const raw = request.rawHeaders
  let found: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const candidate = raw[i]
    if (candidate?.length !== name.length || (candidate !== name && candidate.toLowerCase() !== name)) continue
    if (found !== undefined) return repeated
    found = raw[i + 1] ?? ''
  }
  return found
}
