import type { IncomingMessage } from 'node:http'
import { repeated, soleHeader } from '../sole-header.js'

/** A token as it came, with nothing about it checked. */
export interface PresentedToken {
  readonly token: string
  /** Whether a browser, or the gateway on behalf of its session, attached it by itself. */
  readonly ambient: boolean
}

export interface PresentedTokenOptions {
  /** Lower case. `authorization` carries `Bearer <token>` (RFC 6750), any other header the bare token. */
  readonly header: string
  /** A cookie to look at where the header holds no token. */
  readonly cookie: string | undefined
}

/**
 * The token of a request, `null` where there is none, `ambiguous` where one place holds several. A header
 * other than `Authorization` is the gateway's doing, made from a session the browser keeps: ambient.
 */
export function presentedToken(
  request: IncomingMessage,
  { header, cookie }: PresentedTokenOptions,
): PresentedToken | null | 'ambiguous' {
  const value = soleHeader(request, header)
  if (value === repeated) return 'ambiguous'
  if (value !== undefined) {
    const bearer = header === 'authorization'
    const token = bearer ? bearerToken(value) : value
    if (token !== '') return { token, ambient: !bearer }
  }
  if (cookie === undefined) return null
  const token = cookieValue(request.headers.cookie ?? '', cookie)
  if (token === repeated) return 'ambiguous'
  return token === undefined || token === '' ? null : { token, ambient: true }
}

function bearerToken(value: string): string {
  return value.slice(0, 7).toLowerCase() === 'bearer ' ? value.slice(7).trimStart() : ''
}

/** A page of a sibling domain can plant a second cookie of the same name, so two of them mean none can be believed. */
function cookieValue(header: string, name: string): string | undefined | typeof repeated {
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
  return values.length > 1 ? repeated : values[0]
}
