import type { IncomingMessage } from 'node:http'

/** Up to this an unread body is read past by Node so that the connection can be kept. */
const tolerableBodyBytes = 65_536

/**
 * Whether the answer should end the connection: no route reads a body, and one that is long, or of unknown length,
 * is not worth reading to its end.
 */
export function hasUnwieldyBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return coding !== undefined || (length !== undefined && Number(length) > tolerableBodyBytes)
}
