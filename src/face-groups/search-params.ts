/** One thing wrong with a query string. */
export interface QueryFault {
  readonly parameter: string
  readonly detail: string
}

/** A response must not be much larger than the request that caused it. */
const maxFaults = 50
const maxShownName = 64

/**
 * Decodes a query string, with or without its `?`. Returns the decoded value of each known parameter, and a fault for
 * each parameter that is unknown, repeated, or not valid percent-encoded UTF-8 (which URLSearchParams would silently
 * repair). A `+` is a space. A parameter with a fault has no value. Never throws.
 */
export function decodeSearch(search: string, known: readonly string[]) {
  const values = new Map<string, string>()
  const faults = new Map<string, QueryFault>()
  function addFault(name: string, detail: string): void {
    const parameter = name.length > maxShownName ? `${name.slice(0, maxShownName)}…` : name
    if (faults.size < maxFaults && !faults.has(parameter)) faults.set(parameter, { parameter, detail })
  }
  for (const part of search.replace(/^\?/, '').match(/[^&]+/g) ?? []) {
    const [rawName = '', ...rawValue] = part.split('=')
    const name = decode(rawName)
    const value = decode(rawValue.join('='))
    if (name === null) addFault(rawName.replace(/[^\x21-\x7e]/g, '?'), 'is not valid percent-encoded UTF-8')
    else if (!known.includes(name)) addFault(name, 'is not a parameter here')
    else if (values.has(name)) addFault(name, 'may be given only once')
    else if (value === null) addFault(name, 'is not valid percent-encoded UTF-8')
    else values.set(name, value)
  }
  for (const name of faults.keys()) values.delete(name)
  return { values, faults: [...faults.values()] }
}

function decode(text: string): string | null {
  if (/[^\x21-\x7e]/.test(text)) return null
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
