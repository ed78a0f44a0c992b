const grammar = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/**
 * Reads an RFC 3339 §5.6 date-time. Returns Unix milliseconds, or `null` where the text is none or names a
 * moment that does not exist. A fraction finer than a millisecond is rounded up, so that comparing
 * millisecond values with the result keeps "at or after" and "before" exact. A leap second is the first
 * moment of the next minute. An offset that leads out of the years 0000 to 9999 in UTC stops at their end.
 */
export function parseRfc3339(text: string): number | null {
  const match = grammar.exec(text)
  if (!match) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  if (hour > 23 || minute > 59 || second > 60) return null
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day)
  const date = new Date(midnight)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  const offset = parseOffset(match[8], Number(match[9]), Number(match[10]))
  if (offset === null) return null
  const moment = midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ceilMilliseconds(match[7] ?? '')
  return Math.min(Math.max(moment, earliest), latest)
}

const earliest = Date.parse('0000-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/** Minutes east of Greenwich; `null` where out of range. */
function parseOffset(sign: string | undefined, hours: number, minutes: number): number | null {
  if (sign === undefined) return 0
  if (hours > 23 || minutes > 59) return null
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes)
}

function ceilMilliseconds(fraction: string): number {
  const whole = Number(fraction.slice(0, 3).padEnd(3, '0'))
  return /[1-9]/.test(fraction.slice(3)) ? whole + 1 : whole
}
