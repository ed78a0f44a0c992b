import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileSecret, fixedSecret, type Secret } from '../secret.js'
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
  const values = readVariables(environment, faults)
  const { secrets, texts } = readSecrets(environment, faults)
  faults.push(...validate(values, texts))
  if (faults.length > 0 || !isComplete(values)) throw new ConfigError(faults.map(toConfigFault))
  return toConfig(values, secrets)
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

function readVariables(environment: Environment, faults: Fault[]): Partial<Values> {
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(variables)) {
    const result = schema.safeParse(given(environment, name))
    if (result.success) values[name] = result.data
    else faults.push([name, result.error.issues[0]?.message ?? 'is not valid'])
  }
  return values
}

function readSecrets(environment: Environment, faults: Fault[]) {
  const secrets = new Map<SecretName, Secret>()
  const texts = new Map<SecretName, string>()
  for (const name of secretVariables) {
    const value = given(environment, name)
    const path = given(environment, `${name}_FILE`)
    if (value !== undefined && path !== undefined) faults.push([name, `and ${name}_FILE exclude each other: keep one`])
    if (value === undefined && path === undefined) continue
    const secret = path === undefined ? fixedSecret(value ?? '') : fileSecret(path)
    secrets.set(name, secret)
    try {
      texts.set(name, secret.reveal())
    } catch {
      faults.push([`${name}_FILE`, 'names a file that cannot be read or is empty'])
      texts.set(name, '')
    }
  }
  return { secrets, texts }
}

/** Proxy variables are also read in lower case, as other tools do. */
function given(environment: Environment, name: string): string | undefined {
  const lowerCase = name.endsWith('_PROXY') && name !== 'TRUST_PROXY' ? environment[name.toLowerCase()] : undefined
  return environment[name]?.trim() || lowerCase?.trim() || undefined
}
