import type { Response } from 'express'
import { contextOf } from './context.js'
import { dataSecurityHeaders, type FlatHeaders } from './security-headers.js'

export interface Answer {
  readonly status: number
  /** Beyond those every answer has. `Vary` is added to what middleware said already; any other replaces it. */
  readonly headers?: FlatHeaders
  /** Absent on 204 and 304. */
  readonly body?: Buffer | string
}

/** Sends a whole answer that is data, with the security headers and those of the request's context. */
export function respond(response: Response, { status, headers = [], body }: Answer): void {
  const { requestId, headers: ofRequest } = contextOf(response)
  const all = [...dataSecurityHeaders, 'X-Request-Id', requestId, ...ofRequest, ...headers]
  if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)))
  const vary = response.getHeader('Vary')
  const at = vary === undefined ? -1 : all.indexOf('Vary')
  if (at !== -1) all[at + 1] = `${String(vary)}, ${all[at + 1]}`
  response.writeHead(status, all).end(body)
}
