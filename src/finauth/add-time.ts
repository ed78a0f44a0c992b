const ISO_8601 = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$/i
const EARLIEST = Date.parse('0000-01-01T00:00:00Z')
const MS_OF_400_YEARS = 146_097 * 24 * 60 * 60 * 1000
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * The vendor's `add_time` as RFC 3339 in UTC, e.g. `2026-01-27T06:19:01Z`, with milliseconds only where they
 * are not zero. Reads ISO 8601 with an offset, and epoch milliseconds as a number or a string of digits (sister
 * endpoints send those). `null` for anything else, a time without an offset and an impossible date included.
 */
export function readAddTime(value: unknown): string | null {
  const ms = typeof value === 'string' && !/^\d+$/.test(value) ? readIso(value.trim()) : readEpoch(value)
  if (ms === null || ms < EARLIEST || ms > LATEST) return null
  const written = new Date(ms).toISOString()
  return written.endsWith('.000Z') ? `${written.slice(0, -5)}Z` : written
}

function readEpoch(value: unknown): number | null {
  const ms = typeof value === 'string' ? Number(value) : value
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : null
}

function readIso(text: string): number | null {
  const match = ISO_8601.exec(text)
  if (!match) return null
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null
  if (day < 1 || day > daysIn(year, month)) return null
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  // Date.UTC reads years below 100 as 19xx; the calendar repeats itself every 400 years.
  const local = Date.UTC(year + 400, month - 1, day, hour, minute, second, ms) - MS_OF_400_YEARS
  const offset = readOffset(match[8] ?? 'Z')
  return offset === null ? null : local - offset
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function readOffset(text: string): number | null {
  if (/^z$/i.test(text)) return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(3).replace(':', ''))
  if (hours > 23 || minutes > 59) return null
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
