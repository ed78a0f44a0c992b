import type { Response } from 'express'
import { contextOf } from './context.js'
import { dataSecurityHeaders, type FlatHeaders } from './security-headers.js'

export interface Answer {
  readonly status: number
  /** Further headers. `Vary` is added to what middleware set; any other header replaces it. */
  readonly headers?: FlatHeaders
  /** Absent for 204 and 304. */
  readonly body?: Buffer | string
}

/** Sends a complete answer with data, the security headers and the headers of the request's context. */
export function respond(response: Response, { status, headers = [], body }: Answer): void {
  const { requestId, headers: ofRequest } = contextOf(response)
  const all = [...dataSecurityHeaders, 'X-Request-Id', requestId, ...ofRequest, ...headers]
  if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)))
  const vary = response.getHeader('Vary')
  const at = vary === undefined ? -1 : all.indexOf('Vary')
  if (at !== -1) all[at + 1] = `${String(vary)}, ${all[at + 1]}`
  response.writeHead(status, all).end(body)
}
