const msOfDay = 86_400_000

/** Eleven years of days. */
const mostDays = 4096

const days = new Map<number, string>()
const minutes: string[] = []
const seconds: string[] = []

/**
 * Unix milliseconds, within the years 0000 to 9999, as RFC 3339 in UTC, e.g. `2026-01-27T06:19:01Z`; with milliseconds only
 * where they are not zero. Put together of pieces that are remembered: `Date` takes ten times as long for each of a
 * long list (docs/performance.md).
 */
export function formatMoment(ms: number): string {
  const day = Math.floor(ms / msOfDay)
  const second = Math.floor((ms - day * msOfDay) / 1000)
  const minute = Math.floor(second / 60)
  const fraction = ms - day * msOfDay - second * 1000
  const text = dayText(day) + (minutes[minute] ??= minuteText(minute))
  if (fraction !== 0) return `${text}${digits(second % 60, 2)}.${digits(fraction, 3)}Z`
  return text + (seconds[second % 60] ??= `${digits(second % 60, 2)}Z`)
}

function dayText(day: number): string {
  let text = days.get(day)
  if (text === undefined) {
    if (days.size >= mostDays) days.clear()
    text = new Date(day * msOfDay).toISOString().slice(0, 11)
    days.set(day, text)
  }
  return text
}

function minuteText(minute: number): string {
  return `${digits(Math.floor(minute / 60), 2)}:${digits(minute % 60, 2)}:`
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
