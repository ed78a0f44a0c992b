import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileSecret, fixedSecret } from '../secret.js'
import { type Config, toConfig } from './config.js'
import { type Fault, validate } from './validate.js'
import { type SecretName, secretVariables, type Values, variables } from './variables.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** One fault in the environment. */
export interface ConfigFault {
  readonly variable: string
  /** A sentence that begins with the variable's name and never contains a secret's value. */
  readonly detail: string
}

/** The environment is not a valid configuration. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ detail }) => detail).join('\n'))
    this.faults = faults
  }
}

/**
 * Parses the whole configuration from `environment` (.env.example describes every variable). An empty variable counts
 * as not set. Throws `ConfigError` with every fault.
 */
export function loadConfig(environment: Environment): Config {
  const faults: Fault[] = []
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(variables)) {
    const result = schema.safeParse(given(environment, name))
    if (result.success) values[name] = result.data
    else faults.push([name, result.error.issues[0]?.message ?? 'is not valid'])
  }
  const texts: { [Name in SecretName]?: string } = {}
  for (const name of secretVariables) {
    const value = given(environment, name)
    const path = given(environment, `${name}_FILE`)
    if (value !== undefined && path !== undefined) faults.push([name, `and ${name}_FILE exclude each other: keep one`])
    if (value === undefined && path === undefined) continue
    const secret = path === undefined ? fixedSecret(value ?? '') : fileSecret(path)
    values[name] = secret
    try {
      texts[name] = secret.reveal()
    } catch {
      faults.push([`${name}_FILE`, 'names a file that cannot be read or is empty'])
      texts[name] = ''
    }
  }
  faults.push(...validate(values, texts))
  if (faults.length > 0 || !isComplete(values)) throw new ConfigError(faults.map(toConfigFault))
  return toConfig(values)
}

/** Whether this machine can listen on HOST, which `loadConfig` does not check. Listens briefly on a free port. */
export async function findHostFaults(environment: Environment): Promise<ConfigFault[]> {
  const host = variables.HOST.safeParse(given(environment, 'HOST'))
  if (!host.success) return []
  const server = createServer().listen({ host: host.data, port: 0 })
  try {
    await once(server, 'listening')
  } catch {
    return [toConfigFault(['HOST', 'must be an IP address or a host name of this machine'])]
  }
  server.close()
  return []
}

function toConfigFault([variable, predicate]: Fault): ConfigFault {
  return { variable, detail: `${variable} ${predicate}.` }
}

/** A variable missing from `values` has a fault. */
function isComplete(values: Partial<Values>): values is Values {
  return Object.keys(variables).every((name) => name in values)
}

/** Proxy variables are also read in lower case, as other tools do. */
function given(environment: Environment, name: string): string | undefined {
  const lowerCase = name.endsWith('_PROXY') && name !== 'TRUST_PROXY' ? environment[name.toLowerCase()] : undefined
  return environment[name]?.trim() || lowerCase?.trim() || undefined
}

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
export function findUnknownVariables(environment: Environment): UnknownVariable[] {
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
