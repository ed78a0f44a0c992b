import type { Response } from 'express'
import { contextOf } from './request-context.js'
import { dataSecurityHeaders, type FlatHeaders } from './security-headers.js'
import { headerLines, sendMessage } from './send-message.js'

export interface Reply {
  readonly status: number
  /** Beyond those every answer has. */
  readonly headers?: FlatHeaders
  /** More of them, rendered already. */
  readonly lines?: string
  /** Absent on 204 and 304. */
  readonly body?: Buffer | string
  /** Rendered; those of `dataSecurityHeaders` unless the answer is a page. */
  readonly security?: string
}

const dataSecurity = headerLines(dataSecurityHeaders())

/** Sends the whole answer in one write: the one place where headers meet the socket. */
export function reply(
  response: Response,
  { security = dataSecurity, lines = '', headers = [], status, body }: Reply,
): void {
  const { requestId, lines: ofRequest } = contextOf(response)
  const head = `${security}X-Request-Id: ${requestId}\r\n${ofRequest}${lines}${headerLines(headers)}`
  sendMessage(response, { status, lines: head, body })
}
