const FORMS = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
]
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

/** Unix milliseconds of an HTTP-date in any of the three forms of RFC 9110, section 5.6.7; `null` for anything else. */
export function parseHttpDate(value: string): number | null {
  const text = ASCTIME.test(value) ? `${value} GMT` : value
  if (text === value && !FORMS.some((form) => form.test(value))) return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
