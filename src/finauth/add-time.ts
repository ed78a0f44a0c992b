const ISO_8601 = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$/i
const EARLIEST = Date.parse('0000-01-01T00:00:00Z')
const MS_OF_400_YEARS = 146_097 * 24 * 60 * 60 * 1000
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * The vendor's `add_time` in Unix milliseconds, within the years 0000 to 9999 in UTC. Reads ISO 8601 with an offset, and
 * epoch milliseconds as a number or a string of digits (sister endpoints send those). `null` for anything else, a time
 * without an offset and an impossible date included.
 */
export function readAddTime(value: unknown): number | null {
  const ms = typeof value === 'string' && !/^\d+$/.test(value) ? readIso(value.trim()) : readEpoch(value)
  return ms === null || ms < EARLIEST || ms > LATEST ? null : ms
}

function readEpoch(value: unknown): number | null {
  const ms = typeof value === 'string' ? Number(value) : value
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : null
}

/** Reads digits where they stand: what a pattern captures is half a dozen strings, for each record of a long list. */
function readIso(text: string): number | null {
  if (!ISO_8601.test(text)) return null
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null
  if (day < 1 || day > daysIn(year, month)) return null
  const hasFraction = text[19] === '.' || text[19] === ','
  const offsetAt = hasFraction ? endOfDigits(text, 20) : 19
  const ms = hasFraction ? Number(text.slice(20, Math.min(offsetAt, 23)).padEnd(3, '0')) : 0
  const offset = readOffset(text, offsetAt)
  // Date.UTC reads years below 100 as 19xx; the calendar repeats itself every 400 years.
  const local = Date.UTC(year + 400, month - 1, day, hour, minute, second, ms) - MS_OF_400_YEARS
  return offset === null ? null : local - offset
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** In milliseconds east of Greenwich. */
function readOffset(text: string, at: number): number | null {
  const sign = text[at]
  if (sign !== '+' && sign !== '-') return 0
  const hours = twoDigits(text, at + 1)
  const minutes = text.length > at + 3 ? twoDigits(text, text.length - 2) : 0
  if (hours > 23 || minutes > 59) return null
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function endOfDigits(text: string, start: number): number {
  let end = start
  while (text[end]! >= '0' && text[end]! <= '9') end += 1
  return end
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero
}

const zero = 0x30
