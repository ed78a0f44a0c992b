/**
 * All text forms of timestamps that this service reads or writes. A timestamp is Unix milliseconds, in the years 0000
 * to 9999 in UTC.
 */

const iso8601 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/i
const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/i
const httpDates = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
]
const asctime = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

const earliest = Date.parse('0000-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * The vendor's `add_time`: ISO 8601 with an offset, or epoch milliseconds as a number or as digits, which sister
 * endpoints send. Truncated to milliseconds. `null` for anything else, including a time without an offset and an
 * impossible date.
 */
export function parseAddTime(value: unknown): number | null {
  const ms = typeof value === 'string' && !/^\d+$/.test(value) ? parseIso8601(value.trim()) : parseEpoch(value)
  return ms === null || ms < earliest || ms > latest ? null : ms
}

/**
 * An RFC 3339 §5.6 date-time; `null` for anything else and for an impossible date. A fraction finer than a millisecond
 * is rounded up, so that comparing with the result keeps "at or after" and "before" exact. A leap second is the start
 * of the next minute. An offset that leads beyond the years 0000 to 9999 in UTC is clamped.
 */
export function parseRfc3339(text: string): number | null {
  const match = rfc3339.exec(text)
  const ms = match && toUnixMs(match)
  if (match === null || ms === null) return null
  const finerThanMs = /[1-9]/.test(match[3]?.slice(3) ?? '') ? 1 : 0
  return Math.min(Math.max(ms + finerThanMs, earliest), latest)
}

/**
 * RFC 3339 in UTC, e.g. `2026-01-27T06:19:01Z`; with milliseconds only if they are not zero. Throws `RangeError` for
 * `NaN`.
 */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

/** An HTTP-date in any of the three forms of RFC 9110, section 5.6.7; `null` for anything else. */
export function parseHttpDate(value: string): number | null {
  const isAsctime = asctime.test(value)
  if (!isAsctime && !httpDates.some((form) => form.test(value))) return null
  const ms = Date.parse(isAsctime ? `${value} GMT` : value)
  return Number.isNaN(ms) ? null : ms
}

function parseEpoch(value: unknown): number | null {
  const ms = typeof value === 'string' ? Number(value) : value
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? ms : null
}

function parseIso8601(text: string): number | null {
  const match = iso8601.exec(text)
  // Only RFC 3339 has leap seconds.
  return match === null || match[2]!.endsWith(':60') ? null : toUnixMs(match)
}

/** `null` if there is no such date, time of day or offset. The fraction is truncated to milliseconds. */
function toUnixMs([, date = '', time = '', fraction = '', sign, hours, minutes = '00']: RegExpExecArray):
  | number
  | null {
  const ms = Date.parse(`${date}T${time.replace(/:60$/, ':59')}Z`)
  // Date reads February 30 as March 2, and 24:00 as the next day.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(date.slice(8))) return null
  if (Number(hours) > 23 || Number(minutes) > 59) return null
  const leapMs = time.endsWith(':60') ? 1000 : 0
  const offsetMs = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000
  return ms + leapMs + Number(fraction.slice(0, 3).padEnd(3, '0')) + (sign === '-' ? offsetMs : -offsetMs)
}
