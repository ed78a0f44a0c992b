import type { Response } from 'express'
import { contextOf } from './context.js'
import { dataSecurityHeaders, type FlatHeaders } from './security-headers.js'

export interface Answer {
  readonly status: number
  /** Further headers, without `Vary`. */
  readonly headers?: FlatHeaders
  /** The request headers the answer depends on, beyond those that middleware named already. */
  readonly vary?: string
  /** Absent for 204 and 304. */
  readonly body?: Buffer | string
}

/** Sends a complete answer with data, the security headers and the headers of the request's context. */
export function respond(response: Response, { status, headers = [], vary, body }: Answer): void {
  const { requestId, headers: ofRequest } = contextOf(response)
  const all = dataSecurityHeaders.concat('X-Request-Id', requestId, ofRequest, headers)
  if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)))
  if (vary !== undefined) all.push('Vary', [response.getHeader('Vary') ?? [], vary].flat().join(', '))
  response.writeHead(status, all).end(body)
}
