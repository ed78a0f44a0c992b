import type { Config } from '../config/config.js'
import { ConfigError, type Environment, findUnknownVariables, loadConfig } from '../config/load-config.js'
import { withDeadline } from '../deadline.js'
import { checkCacheKey, checkCallers } from './callers.js'
import { checkCredentials, checkDns, checkTls } from './finauth.js'
import { checkRedis } from './redis.js'
import { type Finding, findingsOn } from './report.js'
import { checkTokenIssuer, checkTokenKeys } from './tokens.js'

/** One check. If `signal` aborts before it has ended, it counts as failed. */
export interface Check {
  /** Names the finding of a check that times out or throws. */
  readonly name: string
  run(signal: AbortSignal): Promise<Finding | readonly Finding[]>
}

export interface RunChecksOptions {
  /** For each check; all run concurrently. Default 15000. */
  readonly timeLimitMs?: number
}

/**
 * Checks the configuration in `environment` against the real world: calls FinAuth once per credential pair and writes
 * to Redis under its own key, which it removes. Yields the findings one by one.
 */
export async function* examine(
  environment: Environment,
  options: RunChecksOptions = {},
): AsyncGenerator<Finding, void, undefined> {
  const { ok, warn, fail } = findingsOn('configuration')
  for (const { variable, nearest } of findUnknownVariables(environment))
    yield warn(`unknown variable ${variable}`, `Did you mean ${nearest}?`)
  let config: Config
  try {
    config = loadConfig(environment)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const { detail } of error.faults) yield fail(detail, 'See .env.example.')
    const detail = 'skipped: the service would not start with this configuration'
    yield { status: 'FAIL', name: 'other checks', detail }
    return
  }
  yield ok(`complete, for ${config.environment}`)
  yield* runChecks(checksFor(config), options)
}

function checksFor(config: Config): readonly Check[] {
  const { redis, authentication, egress } = config
  const checks: Check[] = [
    { name: 'FinAuth DNS', run: () => checkDns(config) },
    { name: 'FinAuth TLS', run: (signal) => checkTls(config, signal) },
    { name: 'FinAuth credentials', run: (signal) => checkCredentials(config, signal) },
    { name: 'Redis', run: (signal) => checkRedis(redis, signal) },
  ]
  if (redis !== null) checks.push({ name: 'cache key', run: async () => checkCacheKey(config) })
  checks.push({ name: 'callers', run: async () => checkCallers(authentication) })
  if (authentication.mode === 'jwt') {
    checks.push(
      { name: 'token issuer', run: () => checkTokenIssuer(authentication, egress) },
      { name: 'token keys', run: () => checkTokenKeys(authentication, egress) },
    )
  }
  return checks
}

/**
 * Runs the checks concurrently and yields their findings in the order of the checks, each as soon as it and all
 * before it are known. Never rejects: a check that hangs or throws becomes a finding.
 */
export async function* runChecks(
  checks: readonly Check[],
  { timeLimitMs = 15_000 }: RunChecksOptions = {},
): AsyncGenerator<Finding, void, undefined> {
  const running = checks.map(async (check) => {
    const { fail } = findingsOn(check.name)
    // An unexpected error may contain anything, so only its kind is shown.
    const run = (signal: AbortSignal) =>
      check.run(signal).catch((error: unknown) => {
        const kind = error instanceof Error ? error.name : typeof error
        return fail(`the check failed unexpectedly (${kind})`, 'Please report this as a bug.')
      })
    const advice = 'Something accepts connections but does not answer: check firewalls and proxies.'
    return withDeadline(run, timeLimitMs).catch(() => fail(`timed out after ${timeLimitMs / 1000} s`, advice))
  })
  for (const findings of running) yield* [await findings].flat()
}
