import type { RequestHandler } from 'express'

/** Up to this an unread body is read past by Node so that the connection can be kept. */
const tolerableBodyBytes = 65_536

/**
 * Middleware: no route reads a body. One that is long, or of unknown length, ends the connection with the
 * answer instead of being read to its end.
 */
export const ignoreRequestBody: RequestHandler = (request, response, next) => {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  if (coding !== undefined || Number(length ?? 0) > tolerableBodyBytes) response.shouldKeepAlive = false
  next()
}
