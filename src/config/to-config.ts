import type { CredentialPair } from '../finauth/credentials.js'
import type { Secret } from '../secret.js'
import type { AuthenticationConfig, Config, FinAuthConfig, RedisConfig } from './config.js'
import type { SecretName, Values } from './variables.js'

type Secrets = ReadonlyMap<SecretName, Secret>

/** The checked variables in the shape the service uses. Expects what `findContradictions` found nothing in. */
export function toConfig(values: Values, secrets: Secrets): Config {
  const finauth = finauthConfig(values, secrets)
  return deepFreeze({
    environment: values.NODE_ENV,
    logLevel: values.LOG_LEVEL,
    logClientAddress: values.LOG_CLIENT_ADDRESS === 'on',
    host: values.HOST,
    port: values.PORT,
    adminPort: values.ADMIN_PORT === 'off' ? null : values.ADMIN_PORT,
    trustProxy: values.TRUST_PROXY,
    shutdown: { delayMs: values.SHUTDOWN_DELAY_MS, graceMs: values.SHUTDOWN_GRACE_MS },
    finauth,
    egress: { httpsProxy: secrets.get('HTTPS_PROXY') ?? null, noProxy: values.NO_PROXY ?? null },
    redis: redisConfig(values, secrets),
    cache: {
      ttlMs: values.CACHE_TTL_SECONDS * 1000,
      staleMs: values.CACHE_STALE_SECONDS * 1000,
      backoffMs: values.CACHE_REFRESH_BACKOFF_SECONDS * 1000,
      encryptionKey: secrets.get('CACHE_ENCRYPTION_KEY') ?? finauth.primary.apiSecret,
    },
    authentication: authenticationConfig(values, secrets),
    readScope: values.JWT_READ_SCOPE ?? null,
    refreshScope: values.JWT_REFRESH_SCOPE,
    groupsClaim: values.AUTH_GROUPS_CLAIM ?? null,
    corsOrigins: values.CORS_ORIGINS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    explorer: (values.EXPLORER ?? (values.NODE_ENV === 'production' ? 'off' : 'on')) === 'on',
    signInUrl: values.EXPLORER_SIGN_IN_URL,
    signOutUrl: values.EXPLORER_SIGN_OUT_URL,
  })
}

function finauthConfig(values: Values, secrets: Secrets): FinAuthConfig {
  const primary = keyPair(secrets, 'FINAUTH_API_KEY', 'FINAUTH_API_SECRET')
  if (!primary) throw new Error('the primary FinAuth credentials are missing')
  const deadlineMs = values.FINAUTH_DEADLINE_MS ?? Math.max(12_000, values.FINAUTH_TIMEOUT_MS ?? 0)
  return {
    baseUrl: values.FINAUTH_BASE_URL,
    primary,
    standby: keyPair(secrets, 'FINAUTH_STANDBY_API_KEY', 'FINAUTH_STANDBY_API_SECRET'),
    signTtlSeconds: values.FINAUTH_SIGN_TTL_SECONDS,
    timeoutMs: values.FINAUTH_TIMEOUT_MS ?? Math.min(5000, deadlineMs),
    deadlineMs,
    maxAttempts: values.FINAUTH_MAX_ATTEMPTS,
    maxResponseBytes: values.FINAUTH_MAX_RESPONSE_BYTES,
  }
}

function keyPair(secrets: Secrets, key: SecretName, secret: SecretName): CredentialPair | null {
  const apiKey = secrets.get(key)
  const apiSecret = secrets.get(secret)
  return apiKey && apiSecret ? { apiKey, apiSecret } : null
}

function redisConfig(values: Values, secrets: Secrets): RedisConfig | null {
  const topology = redisTopology(values, secrets)
  return (
    topology && {
      topology,
      tlsCaFile: values.REDIS_TLS_CA_FILE,
      username: values.REDIS_USERNAME,
      password: secrets.get('REDIS_PASSWORD'),
      keyPrefix: values.REDIS_KEY_PREFIX,
    }
  )
}

function redisTopology(values: Values, secrets: Secrets): RedisConfig['topology'] | null {
  const url = secrets.get('REDIS_URL')
  if (url) return { kind: 'standalone', url }
  if (values.REDIS_CLUSTER_NODES) return { kind: 'cluster', nodes: values.REDIS_CLUSTER_NODES }
  if (values.REDIS_SENTINELS && values.REDIS_SENTINEL_NAME) {
    return { kind: 'sentinel', nodes: values.REDIS_SENTINELS, name: values.REDIS_SENTINEL_NAME }
  }
  return null
}

function authenticationConfig(values: Values, secrets: Secrets): AuthenticationConfig {
  switch (values.AUTH_MODE) {
    case 'jwt':
      return {
        mode: 'jwt',
        issuer: values.JWT_ISSUER ?? '',
        audience: values.JWT_AUDIENCE ?? '',
        jwks: values.JWT_JWKS_URI ? { uri: values.JWT_JWKS_URI } : { file: values.JWT_JWKS_FILE ?? '' },
        keysMaxStaleMs: values.JWT_KEYS_MAX_STALE_SECONDS * 1000,
        algorithms: values.JWT_ALGORITHMS,
        header: values.JWT_HEADER,
        cookie: values.JWT_COOKIE ?? null,
      }
    case 'gateway':
      return {
        mode: 'gateway',
        secret: secrets.get('GATEWAY_SECRET') ?? null,
        cidrs: values.GATEWAY_CIDRS,
        userHeader: values.GATEWAY_USER_HEADER,
        scopesHeader: values.GATEWAY_SCOPES_HEADER,
      }
    case 'none':
      return { mode: 'none' }
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
