import type { Response } from 'express'
import { inOnePiece } from '../one-piece.js'
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

/** The beginning of every answer that is no page. */
const dataBeginning = beginningWith(headerLines(dataSecurityHeaders()))

function beginningWith(security: string): string {
  return inOnePiece(`${security}X-Request-Id: `)
}

/** Sends the whole answer in one write: the one place where headers meet the socket. */
export function reply(response: Response, { security, lines = '', headers, status, body }: Reply): void {
  const { requestId, lines: ofRequest } = contextOf(response)
  const beginning = security === undefined ? dataBeginning : beginningWith(security)
  const own = headers === undefined ? '' : headerLines(headers)
  sendMessage(response, { status, lines: `${beginning}${requestId}\r\n${ofRequest}${lines}${own}`, body })
}
