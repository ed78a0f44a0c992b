import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { fileSecret } from '../src/secret.js'
import { behaviourKinds, behaviourSchema, expandBehaviour } from './behaviour.js'
import { failures } from './answers.js'
import { demoAccount, type FinAuthSimulatorOptions } from './finauth-simulator.js'

type Environment = Readonly<Record<string, string | undefined>>

export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | { readonly kind: 'run'; readonly options: FinAuthSimulatorOptions }

export const help = `A FinAuth to develop against: verifies signatures, counts calls, misbehaves on request.

  --port N                     default SIMULATOR_PORT, or 8091; 0 = any free port
  --host ADDRESS               default SIMULATOR_HOST, or 127.0.0.1
  --groups N                   N generated libraries instead of the vendor's example
  --seed N                     which libraries are generated; default 1
  --clock-offset-seconds=N     how far its clock is ahead; negative for behind
  --latency-ms N               how long every answer takes
  --behaviour WORD|JSON        what it does with calls; default normal
  --help

Environment: FINAUTH_API_KEY and FINAUTH_API_SECRET, or …_FILE with a path (default: a demo account);
SIMULATOR_TLS_CERT_FILE and SIMULATOR_TLS_KEY_FILE (PEM) for HTTPS.

Behaviours: ${behaviourKinds.join(', ')};
failures: ${Object.keys(failures).join(', ')}.

While it runs: GET /__simulator/calls; POST /__simulator/behaviour, groups, accounts, clock, reset with JSON.
`

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const flagSchemas = {
  port: wholeNumber(0, 65_535),
  groups: wholeNumber(0, 1_000_000),
  seed: wholeNumber(0, 2 ** 32 - 1),
  'clock-offset-seconds': wholeNumber(-1e10, 1e10),
  'latency-ms': wholeNumber(0, 86_400_000),
} as const

/** Parses flags and environment. Never throws: all faults are returned, one line each. */
export function parseCommandLine(args: readonly string[], environment: Environment): CommandLine {
  const faults: string[] = []
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      faults.push(`${name}: ${reasonOf(error)}`)
      return undefined
    }
  }
  const flags = attempt('arguments', () => readFlags(args)) ?? {}
  if (flags.help === true) return { kind: 'help' }

  const number = (name: keyof typeof flagSchemas, fallback?: string) => {
    const text = flags[name] ?? fallback
    return text === undefined ? undefined : attempt(name, () => flagSchemas[name].parse(text.trim() || undefined))
  }
  const port = number('port', environment['SIMULATOR_PORT'] || '8091')
  const groups = number('groups')
  const seed = number('seed')
  const clockOffsetSeconds = number('clock-offset-seconds')
  const delayMs = number('latency-ms')
  const behaviour = attempt('behaviour', () => behaviourSchema.parse(readBehaviour(flags.behaviour ?? 'normal')))
  const account = attempt('account', () => readAccount(environment))
  const tls = attempt('TLS', () => readTls(environment))
  if (faults.length > 0) return { kind: 'faults', faults }

  return {
    kind: 'run',
    options: {
      host: flags.host ?? (environment['SIMULATOR_HOST'] || '127.0.0.1'),
      ...(port !== undefined && { port }),
      ...(groups !== undefined && { libraries: { generate: groups, seed } }),
      ...(clockOffsetSeconds !== undefined && { clockOffsetSeconds }),
      ...(behaviour !== undefined && { behaviour: { ...(delayMs !== undefined && { delayMs }), ...behaviour } }),
      ...(account !== undefined && { accounts: [account] }),
      ...(tls !== undefined && { tls }),
    },
  }
}

function readFlags(args: readonly string[]) {
  const text = { type: 'string' } as const
  const numbers = { port: text, groups: text, seed: text, 'clock-offset-seconds': text, 'latency-ms': text }
  return parseArgs({ args, options: { ...numbers, host: text, behaviour: text, help: { type: 'boolean' } } }).values
}

function readBehaviour(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : expandBehaviour(text)
}

function readAccount(environment: Environment) {
  const apiKey = readSecret(environment, 'FINAUTH_API_KEY')
  const apiSecret = readSecret(environment, 'FINAUTH_API_SECRET')
  if (apiKey === undefined && apiSecret === undefined) return demoAccount
  if (apiKey !== undefined && apiSecret !== undefined) return { name: 'primary', apiKey, apiSecret }
  throw new Error('FINAUTH_API_KEY and FINAUTH_API_SECRET must be given together')
}

function readSecret(environment: Environment, name: string): string | undefined {
  const path = environment[`${name}_FILE`]
  return environment[name] || (path ? fileSecret(path).reveal() : undefined)
}

function readTls(environment: Environment) {
  const cert = environment['SIMULATOR_TLS_CERT_FILE']
  const key = environment['SIMULATOR_TLS_KEY_FILE']
  if (!cert && !key) return undefined
  if (!cert || !key) throw new Error('SIMULATOR_TLS_CERT_FILE and SIMULATOR_TLS_KEY_FILE must be given together')
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map((issue) => issue.message).join('; ')
  return error instanceof Error ? error.message : String(error)
}
