import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileSecret, fixedSecret, type Secret } from '../secret.js'
import type { Config } from './config.js'
import { findContradictions } from './contradictions.js'
import { toConfig } from './to-config.js'
import { type SecretName, secretVariables, type Values, variables } from './variables.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment cannot be run with. `faults` holds one line per problem; no line holds a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/**
 * Reads the whole configuration from `environment` (see .env.example for every variable). A blank
 * variable counts as not given. Throws `ConfigError` with every fault at once.
 */
export function loadConfig(environment: Environment): Config {
  const faults: string[] = []
  const values = readVariables(environment, faults)
  const { secrets, given } = readSecrets(environment, faults)
  faults.push(...findContradictions(values, given))
  if (faults.length > 0 || !isComplete(values)) throw new ConfigError(faults)
  return toConfig(values, secrets)
}

/** What loading cannot tell of HOST: whether this machine can listen there. Listens once, at any free port. */
export async function findHostFaults(environment: Environment): Promise<string[]> {
  const host = variables.HOST.safeParse(given(environment, 'HOST'))
  if (!host.success) return []
  const server = createServer().listen({ host: host.data, port: 0 })
  try {
    await once(server, 'listening')
  } catch {
    return ['HOST must be an IP address or a host name of this machine.']
  }
  server.close()
  return []
}

/** A variable that is missing from `values` has left a fault behind. */
function isComplete(values: Partial<Values>): values is Values {
  return Object.keys(variables).every((name) => name in values)
}

function readVariables(environment: Environment, faults: string[]): Partial<Values> {
  const values: Record<string, unknown> = {}
  for (const [name, format] of Object.entries(variables)) {
    const result = format.safeParse(given(environment, name))
    if (result.success) values[name] = result.data
    else faults.push(`${name} ${result.error.issues[0]?.message ?? 'is not valid'}.`)
  }
  return values
}

function readSecrets(environment: Environment, faults: string[]) {
  const secrets = new Map<SecretName, Secret>()
  const values = new Map<SecretName, string>()
  for (const name of secretVariables) {
    const value = given(environment, name)
    const path = given(environment, `${name}_FILE`)
    if (value !== undefined && path !== undefined) {
      faults.push(`${name} and ${name}_FILE exclude each other: keep one.`)
    }
    if (value === undefined && path === undefined) continue
    const secret = path === undefined ? fixedSecret(value ?? '') : fileSecret(path)
    secrets.set(name, secret)
    try {
      values.set(name, secret.reveal())
    } catch {
      faults.push(`${name}_FILE names a file that cannot be read or is empty.`)
      values.set(name, '')
    }
  }
  return { secrets, given: values }
}

/** As every tool reads them, proxies are honoured in lower case too. */
function given(environment: Environment, name: string): string | undefined {
  const lowerCase = name.endsWith('_PROXY') && name !== 'TRUST_PROXY' ? environment[name.toLowerCase()] : undefined
  return environment[name]?.trim() || lowerCase?.trim() || undefined
}
