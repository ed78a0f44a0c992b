import { parseHttpDate } from './http-date.js'

const LONGEST_MS = 24 * 60 * 60 * 1000

export interface RetryAfterHeaders {
  readonly 'retry-after'?: string | undefined
  readonly date?: string | undefined
}

/**
 * Milliseconds asked for by `Retry-After` (RFC 9110, section 10.2.3), at most a day; absent where the header
 * is absent or unreadable. Its date form is taken relative to the answer's own `Date`, so that our clock's
 * error does not matter.
 */
export function readRetryAfter({ 'retry-after': value, date }: RetryAfterHeaders): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,15}$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_MS)
  const until = parseHttpDate(value)
  const now = date === undefined ? null : parseHttpDate(date)
  if (until === null || now === null) return undefined
  return Math.min(Math.max(until - now, 0), LONGEST_MS)
}
