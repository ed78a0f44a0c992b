import { secretVariables, variables } from './variables.js'

/** An unknown variable with one of our prefixes, and the most similar known name. */
export interface UnknownVariable {
  readonly variable: string
  readonly nearest: string
}

const knownNames = [...Object.keys(variables), ...secretVariables.flatMap((name) => [name, `${name}_FILE`])]
const ourPrefix = /^(FINAUTH|JWT|REDIS|CACHE|GATEWAY|AUTH|CORS|RATE|SHUTDOWN|LOG|TRUST)_|^EXPLORER/

/** Variables that Kubernetes sets in every container for a Service, e.g. one named `redis`. */
const serviceLink = /_(SERVICE_(HOST|PORT(_.+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/

/** Variables of `environment` with one of our prefixes that are unknown, probably misspelt. Values are not returned. */
export function findUnknownVariables(environment: Readonly<Record<string, string | undefined>>): UnknownVariable[] {
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (value === undefined || !ourPrefix.test(variable) || knownNames.includes(variable)) return []
    if (serviceLink.test(variable) || /^(tcp|udp|sctp):/.test(value)) return []
    return { variable, nearest: nearestTo(variable) }
  })
}

function nearestTo(name: string): string {
  const distances = knownNames.map((known) => [editDistance(name, known), known] as const)
  return distances.reduce((nearest, other) => (other[0] < nearest[0] ? other : nearest))[1]
}

/** The Levenshtein distance: the least number of characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
