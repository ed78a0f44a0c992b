import type { CredentialPair } from '../finauth/credentials.js'
import type { Secret } from '../secret.js'
import type { Values } from './variables.js'

/** The validated and frozen configuration of a running service. */
export type Config = ReturnType<typeof toConfig>
export type FinAuthConfig = Config['finauth']
export type AuthenticationConfig = Config['authentication']

/** Where token keys come from; `null`: discovered from the issuer's metadata. */
export type KeyLocation = { readonly uri: string } | { readonly file: string } | null

/** Converts the validated variables to the shape the service uses. */
export function toConfig(values: Values) {
  const finauth = finauthConfig(values)
  return deepFreeze({
    environment: values.NODE_ENV,
    logLevel: values.LOG_LEVEL,
    /** Whether access and audit lines show the client's address. */
    logClientAddress: values.LOG_CLIENT_ADDRESS === 'on',
    host: values.HOST,
    /** 0 = any free port. */
    port: values.PORT,
    /** 0 = any free port; null = no admin port. */
    adminPort: values.ADMIN_PORT === 'off' ? null : values.ADMIN_PORT,
    trustProxy: values.TRUST_PROXY,
    shutdown: { delayMs: values.SHUTDOWN_DELAY_MS, graceMs: values.SHUTDOWN_GRACE_MS },
    finauth,
    /** For calls to FinAuth and to the token issuer. */
    egress: { httpsProxy: values.HTTPS_PROXY ?? null, noProxy: values.NO_PROXY ?? null },
    /** null = memory only. */
    redis: redisConfig(values),
    cache: {
      ttlMs: values.CACHE_TTL_SECONDS * 1000,
      staleMs: values.CACHE_STALE_SECONDS * 1000,
      backoffMs: values.CACHE_REFRESH_BACKOFF_SECONDS * 1000,
      /** What is stored in Redis is encrypted with a key derived from this. */
      encryptionKey: values.CACHE_ENCRYPTION_KEY ?? finauth.primary.apiSecret,
    },
    authentication: authenticationConfig(values),
    /** null = every authenticated caller may read. */
    readScope: values.JWT_READ_SCOPE ?? null,
    refreshScope: values.JWT_REFRESH_SCOPE,
    /** Claim, or header in gateway mode, with the group-id patterns a caller may see; null = no restriction. */
    groupsClaim: values.AUTH_GROUPS_CLAIM ?? null,
    corsOrigins: values.CORS_ORIGINS,
    /** Per caller and replica; 0 = off. */
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    explorer: (values.EXPLORER ?? (values.NODE_ENV === 'production' ? 'off' : 'on')) === 'on',
    /** Where the gateway signs people in and out, for the explorer page; undefined if it has no such pages. */
    signInUrl: values.EXPLORER_SIGN_IN_URL,
    signOutUrl: values.EXPLORER_SIGN_OUT_URL,
  })
}

function finauthConfig(values: Values) {
  const primary = credentialPair(values.FINAUTH_API_KEY, values.FINAUTH_API_SECRET)
  if (!primary) throw new Error('the primary FinAuth credentials are missing')
  const deadlineMs = values.FINAUTH_DEADLINE_MS ?? Math.max(12_000, values.FINAUTH_TIMEOUT_MS ?? 0)
  return {
    baseUrl: values.FINAUTH_BASE_URL,
    primary,
    standby: credentialPair(values.FINAUTH_STANDBY_API_KEY, values.FINAUTH_STANDBY_API_SECRET),
    signTtlSeconds: values.FINAUTH_SIGN_TTL_SECONDS,
    /** One attempt. */
    timeoutMs: values.FINAUTH_TIMEOUT_MS ?? Math.min(5000, deadlineMs),
    /** All attempts together. */
    deadlineMs,
    maxAttempts: values.FINAUTH_MAX_ATTEMPTS,
    maxResponseBytes: values.FINAUTH_MAX_RESPONSE_BYTES,
  }
}

function credentialPair(apiKey?: Secret, apiSecret?: Secret): CredentialPair | null {
  return apiKey && apiSecret ? { apiKey, apiSecret } : null
}

function redisConfig(values: Values) {
  const topology = redisTopology(values)
  return (
    topology && {
      topology,
      tlsCaFile: values.REDIS_TLS_CA_FILE,
      username: values.REDIS_USERNAME,
      password: values.REDIS_PASSWORD,
      keyPrefix: values.REDIS_KEY_PREFIX,
    }
  )
}

function redisTopology({ REDIS_URL: url, REDIS_SENTINELS, REDIS_SENTINEL_NAME, REDIS_CLUSTER_NODES }: Values) {
  if (url) return { kind: 'standalone' as const, url }
  if (REDIS_CLUSTER_NODES) return { kind: 'cluster' as const, nodes: REDIS_CLUSTER_NODES }
  if (!REDIS_SENTINELS || !REDIS_SENTINEL_NAME) return null
  return { kind: 'sentinel' as const, nodes: REDIS_SENTINELS, name: REDIS_SENTINEL_NAME }
}

function authenticationConfig(values: Values) {
  switch (values.AUTH_MODE) {
    case 'jwt':
      return {
        mode: 'jwt' as const,
        issuer: values.JWT_ISSUER ?? '',
        audience: values.JWT_AUDIENCE ?? '',
        audienceClaim: values.JWT_AUDIENCE_CLAIM,
        scopeClaims: values.JWT_SCOPE_CLAIMS,
        jwks: keyLocation(values),
        /** How long keys are used while they cannot be loaded again. */
        keysMaxStaleMs: values.JWT_KEYS_MAX_STALE_SECONDS * 1000,
        algorithms: values.JWT_ALGORITHMS,
        header: values.JWT_HEADER,
        cookie: values.JWT_COOKIE ?? null,
      }
    case 'gateway':
      return {
        mode: 'gateway' as const,
        secret: values.GATEWAY_SECRET ?? null,
        cidrs: values.GATEWAY_CIDRS,
        userHeader: values.GATEWAY_USER_HEADER,
        scopesHeader: values.GATEWAY_SCOPES_HEADER,
      }
    case 'none':
      return { mode: 'none' as const }
  }
}

function keyLocation({ JWT_JWKS_URI: uri, JWT_JWKS_FILE: file }: Values): KeyLocation {
  if (uri) return { uri }
  return file ? { file } : null
}

type DeepReadonly<T> = T extends (...args: never[]) => unknown ? T : { readonly [K in keyof T]: DeepReadonly<T[K]> }

function deepFreeze<T>(value: T): DeepReadonly<T>
function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
