import { z } from 'zod'
import {
  baseUrl,
  exactOrigin,
  hostAndPort,
  httpUrl,
  identityHeader,
  listenHost,
  listOf,
  network,
  scope,
  token,
  tokenHeader,
  wholeNumber,
} from './formats.js'

const port = wholeNumber({ min: 0, max: 65_535 })
const day = 86_400
const text = z.string()
const pageUrl = text.regex(/^(\/(?![/\\])|https:\/\/)\S*$/, 'must be a path such as /oauth2/sign_in, or an https URL')

const asymmetricAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

/** Every environment variable that is not a secret, each on its own; what contradicts what stands in contradictions.ts. */
export const variables = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  HOST: listenHost.default('0.0.0.0'),
  PORT: port.default(3000),
  ADMIN_PORT: z.union([z.literal('off'), port], 'must be a port from 0 to 65535, or off').default(9464),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
  TRUST_PROXY: listOf(network).default([]),
  SHUTDOWN_DELAY_MS: wholeNumber({ min: 0, max: 600_000 }).default(0),
  SHUTDOWN_GRACE_MS: wholeNumber({ min: 0, max: 600_000 }).default(15_000),

  FINAUTH_BASE_URL: baseUrl.default('https://api-sgp.yljz.com'),
  FINAUTH_SIGN_TTL_SECONDS: wholeNumber({ min: 0, max: 3600 }).default(60),
  FINAUTH_TIMEOUT_MS: wholeNumber({ min: 1, max: 600_000 }).optional(),
  FINAUTH_DEADLINE_MS: wholeNumber({ min: 1, max: 600_000 }).optional(),
  FINAUTH_MAX_ATTEMPTS: wholeNumber({ min: 1, max: 10 }).default(3),
  FINAUTH_MAX_RESPONSE_BYTES: wholeNumber({ min: 1, max: 1_073_741_824 }).default(67_108_864),
  NO_PROXY: text.optional(),
  NODE_EXTRA_CA_CERTS: text.optional(),

  REDIS_SENTINELS: listOf(hostAndPort).optional(),
  REDIS_SENTINEL_NAME: text.optional(),
  REDIS_CLUSTER_NODES: listOf(hostAndPort).optional(),
  REDIS_TLS_CA_FILE: text.optional(),
  REDIS_USERNAME: text.optional(),
  REDIS_KEY_PREFIX: text
    .regex(/^[^\s{}]{1,128}$/, 'must have 1 to 128 characters, none a blank or a brace')
    .default('face-groups'),

  CACHE_TTL_SECONDS: wholeNumber({ min: 1, max: 30 * day }).default(60),
  CACHE_STALE_SECONDS: wholeNumber({ min: 0, max: 365 * day }).default(day),
  CACHE_REFRESH_BACKOFF_SECONDS: wholeNumber({ min: 1, max: 3600 }).default(5),

  AUTH_MODE: z.enum(['jwt', 'gateway', 'none'], 'is required and must be jwt, gateway or none'),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  JWT_JWKS_URI: httpUrl.optional(),
  JWT_JWKS_FILE: text.optional(),
  JWT_KEYS_MAX_STALE_SECONDS: wholeNumber({ min: 1, max: 365 * day }).default(day),
  JWT_ALGORITHMS: listOf(
    z.enum(asymmetricAlgorithms, `must list asymmetric algorithms only (${asymmetricAlgorithms.join(', ')})`),
  ).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  JWT_HEADER: tokenHeader.default('authorization'),
  JWT_COOKIE: token.optional(),
  JWT_READ_SCOPE: scope.optional(),
  JWT_REFRESH_SCOPE: scope.default('face-groups:refresh'),
  GATEWAY_CIDRS: listOf(network).default([]),
  GATEWAY_USER_HEADER: identityHeader.default('x-forwarded-user'),
  GATEWAY_SCOPES_HEADER: identityHeader.default('x-forwarded-scopes'),
  AUTH_GROUPS_CLAIM: text.optional(),
  CORS_ORIGINS: listOf(exactOrigin).default([]),
  RATE_LIMIT_PER_MINUTE: wholeNumber({ min: 0, max: 1_000_000 }).default(600),
  LOG_CLIENT_ADDRESS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  EXPLORER: z.enum(['on', 'off'], 'must be on or off').optional(),
  EXPLORER_SIGN_IN_URL: pageUrl.optional(),
  EXPLORER_SIGN_OUT_URL: pageUrl.optional(),
}

/** Variables whose value is a secret: each may instead be given as `…_FILE`, and none is ever shown. */
export const secretVariables = [
  'FINAUTH_API_KEY',
  'FINAUTH_API_SECRET',
  'FINAUTH_STANDBY_API_KEY',
  'FINAUTH_STANDBY_API_SECRET',
  'HTTPS_PROXY',
  'REDIS_URL',
  'REDIS_PASSWORD',
  'CACHE_ENCRYPTION_KEY',
  'GATEWAY_SECRET',
] as const

export type SecretName = (typeof secretVariables)[number]
export type Values = { [Name in keyof typeof variables]: z.output<(typeof variables)[Name]> }
