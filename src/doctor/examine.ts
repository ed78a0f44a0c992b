import type { Config } from '../config/config.js'
import { ConfigError, type Environment, loadConfig } from '../config/load-config.js'
import { findUnknownVariables } from '../config/unknown-variables.js'
import { checkCacheKey } from './checks/cache-key.js'
import { checkCallers } from './checks/callers.js'
import { checkCredentials } from './checks/credentials.js'
import { checkDns } from './checks/dns.js'
import { checkRedis } from './checks/redis.js'
import { checkTls } from './checks/tls.js'
import { checkTokenIssuer } from './checks/token-issuer.js'
import { checkTokenKeys } from './checks/token-keys.js'
import type { Check, Finding } from './finding.js'
import { runChecks, type RunChecksOptions } from './run-checks.js'

/**
 * Checks the configuration in `environment` against the real world: calls FinAuth once per credential pair and writes
 * to Redis under its own key, which it removes. Yields the findings one by one.
 */
export async function* examine(
  environment: Environment,
  options: RunChecksOptions = {},
): AsyncGenerator<Finding, void, undefined> {
  let config: Config
  yield* unknownVariables(environment)
  try {
    config = loadConfig(environment)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    yield* configurationFaults(error)
    return
  }
  yield { status: 'ok', name: 'configuration', detail: `complete, for ${config.environment}` }
  yield* runChecks(checksFor(config), options)
}

function configurationFaults({ faults }: ConfigError): Finding[] {
  const name = 'configuration'
  const advice = 'See .env.example.'
  return [
    ...faults.map(({ detail }): Finding => ({ status: 'FAIL', name, detail, advice })),
    { status: 'FAIL', name: 'other checks', detail: 'skipped: the service would not start with this configuration' },
  ]
}

function unknownVariables(environment: Environment): Finding[] {
  return findUnknownVariables(environment).map(({ variable, nearest }) => ({
    status: 'warn',
    name: 'configuration',
    detail: `unknown variable ${variable}`,
    advice: `Did you mean ${nearest}?`,
  }))
}

function checksFor(config: Config): readonly Check[] {
  const { redis, authentication } = config
  return [
    { name: 'FinAuth DNS', run: async () => [await checkDns(config)] },
    { name: 'FinAuth TLS', run: async (signal) => [await checkTls(config, signal)] },
    { name: 'FinAuth credentials', run: (signal) => checkCredentials(config, signal) },
    redis === null
      ? { name: 'Redis', run: async () => [withoutRedis] }
      : { name: 'Redis', run: (signal) => checkRedis(redis, signal) },
    ...(redis === null ? [] : [{ name: 'cache key', run: async () => [checkCacheKey(config)] }]),
    { name: 'callers', run: async () => [checkCallers(authentication)] },
    ...(authentication.mode === 'jwt'
      ? [
          { name: 'token issuer', run: async () => [await checkTokenIssuer(authentication, config.egress)] },
          { name: 'token keys', run: async () => [await checkTokenKeys(authentication, config.egress)] },
        ]
      : []),
  ]
}

const withoutRedis: Finding = {
  status: 'warn',
  name: 'Redis',
  detail: 'not configured: every replica calls FinAuth itself and starts without a copy',
  advice: 'Set REDIS_URL (or Sentinel, or Cluster) if there is more than one replica.',
}
