import type { IncomingMessage } from 'node:http'
import { repeated, soleHeader } from '../sole-header.js'

export interface PresentedTokenOptions {
  /** Lower case. `authorization` carries `Bearer <token>` (RFC 6750), any other header the bare token. */
  readonly header: string
  /** A cookie to look at where the header holds no token. */
  readonly cookie: string | undefined
}

/** The token of a request, with nothing about it checked; `null` where there is none, `repeated` where one place holds several. */
export function presentedToken(
  request: IncomingMessage,
  { header, cookie }: PresentedTokenOptions,
): string | null | typeof repeated {
  const value = soleHeader(request, header)
  if (value === repeated) return repeated
  if (value !== undefined) {
    const token = header === 'authorization' ? bearerToken(value) : value
    if (token !== '') return token
  }
  if (cookie === undefined) return null
  const token = cookieValue(request.headers.cookie ?? '', cookie)
  return token === undefined || token === '' ? null : token
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
