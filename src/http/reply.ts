import type { Response } from 'express'
import { contextOf } from './request-context.js'
import { dataSecurityHeaders, type FlatHeaders } from './security-headers.js'

export interface Reply {
  readonly status: number
  /** Beyond those every answer has. */
  readonly headers: FlatHeaders
  /** Absent on 204 and 304. */
  readonly body?: Buffer | string
  /** `dataSecurityHeaders()` unless the answer is a page. */
  readonly security?: FlatHeaders
}

const dataSecurity = dataSecurityHeaders()

/** Sends the whole answer in one write: the one place where headers meet the socket. */
export function reply(response: Response, { status, headers, body, security = dataSecurity }: Reply): void {
  const context = contextOf(response)
  const all = [...security, 'X-Request-Id', context.requestId, ...context.headers, ...headers]
  if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)))
  response.writeHead(status, all)
  response.end(body)
}
