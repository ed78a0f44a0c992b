import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { parseNetwork } from '../ip-address.js'
import type { Secret } from '../secret.js'

/** A whole number in decimal digits. */
function wholeNumber(limits: { min: number; max: number }) {
  const rule = `must be a whole number from ${limits.min} to ${limits.max}`
  return z
    .string()
    .regex(/^\d{1,15}$/, rule)
    .transform(Number)
    .refine((value) => value >= limits.min && value <= limits.max, rule)
}

/** One of the given words. */
function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
}

const onOff = oneOf('on', 'off')

/** A comma-separated list; spaces around entries and empty entries are ignored. */
function listOf<T extends z.ZodType<unknown, string>>(entry: T) {
  return z
    .string()
    .transform((value) => value.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(entry).min(1, 'must name at least one entry'))
}

/** The parsed URL; `null` if `value` is not a URL. */
export function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null
}

/** An absolute http(s) URL without credentials and fragment. */
export const httpUrl = z.string().refine((value) => {
  const url = parseUrl(value)
  return url !== null && /^https?:$/.test(url.protocol) && !url.hash && !url.username && !url.password
}, 'must be an absolute https:// (or http://) URL without user, password and fragment')

/** An `httpUrl` to which paths are appended: no query, no trailing slash. */
const baseUrl = httpUrl
  .refine((value) => !value.includes('?'), 'must not have a query')
  .transform((value) => value.replace(/\/+$/, ''))

/** A page of the gateway. */
const pageUrl = z
  .string()
  .regex(/^(\/(?![/\\])|https:\/\/)\S*$/, 'must be a path such as /oauth2/sign_in, or an https URL')

/** An origin exactly as a browser sends it in `Origin` (RFC 6454 section 6.2). */
const exactOrigin = z
  .string()
  .refine((value) => !value.includes('*'), 'must list exact origins; * would let other sites in')
  .refine(
    (value) => value.includes('*') || (/^https?:/.test(value) && parseUrl(value)?.origin === value),
    'must list origins exactly as a browser sends them, e.g. https://app.example.com (no path, no trailing slash)',
  )

const [mappedIPv4, mappedBits] = ipaddr.IPv6.parseCIDR('::ffff:0:0/96')

/** A network or single address. Networks that would include almost everybody are rejected. */
const network = z.string().superRefine((value, context) => {
  const [address, bits = 0] = parseNetwork(value) ?? []
  if (address === undefined)
    return context.addIssue('must list addresses or networks in CIDR notation, e.g. 10.0.0.0/8')
  if (bits < (address.kind() === 'ipv6' ? 7 : 8))
    return context.addIssue('must not trust everybody: a network wider than /8 (IPv6: /7) is refused')
  // The IPv4 peers of a dual-stack socket (RFC 4291 section 2.5.5.2).
  if (address.kind() === 'ipv6' && address.match(mappedIPv4, Math.min(bits, mappedBits)))
    context.addIssue('must write IPv4 networks as IPv4, not mapped into IPv6')
})

/** A scope (RFC 6749 section 3.3). */
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a single scope without spaces and quotes')

const claimPath = /^[^\s",\\.]+(\.[^\s",\\.]+)*$/
/** The name of a claim, or a path with dots into objects, such as `realm_access.roles`. */
const claimName = z.string().regex(claimPath, 'must name claims without spaces and quotes, e.g. realm_access.roles')

/** A header or cookie name (RFC 9110 section 5.6.2). */
const token = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a single token without spaces')

/** Headers to which HTTP, proxies or this service give another meaning (RFC 9110, RFC 9112, Fetch). */
const reservedHeaders = [
  'accept|accept-.+|access-control-.+|cache-control|connection|content-.+|cookie|date|expect|forwarded|host|if-.+',
  'keep-alive|origin|pragma|proxy-.+|range|referer|sec-.+|set-cookie|te|traceparent|tracestate|trailer',
  'transfer-encoding|upgrade|user-agent|via|x-forwarded-(for|host|port|proto)|x-gateway-secret|x-request-id',
].join('|')
const reservedHeader = new RegExp(`^(${reservedHeaders})$`)

/** The name, in lower case, of a header that carries a token. */
const tokenHeader = token
  .toLowerCase()
  .refine((name) => !reservedHeader.test(name), 'must not be a header with another meaning')

/** The name, in lower case, of a header that identifies the caller; must not be one that carries a secret. */
export const identityHeader = tokenHeader.refine(
  (name) => name !== 'authorization',
  'must not be a header with another meaning',
)

/** An address, or a host name with labels of letters, digits and hyphens (RFC 1123 section 2.1). */
const listenHost = z
  .string()
  .refine(
    (value) => isIP(value) !== 0 || (/^[\w.-]{1,253}$/.test(value) && parseUrl(`http://${value}`) !== null),
    'must be an IP address or a host name of this machine',
  )

const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must list host:port pairs, e.g. redis-1:6379')
  .transform((value) => {
    const colon = value.lastIndexOf(':')
    return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) }
  })
  .refine(({ port }) => port >= 1 && port <= 65_535, 'must have ports from 1 to 65535')

const port = wholeNumber({ min: 0, max: 65_535 })
const day = 86_400
const text = z.string()

const asymmetricAlgorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

/** The schema of every environment variable that is not a secret. Rules between variables are in validate.ts. */
export const variables = {
  NODE_ENV: oneOf('development', 'production', 'test').default('development'),
  HOST: listenHost.default('0.0.0.0'),
  PORT: port.default(3000),
  ADMIN_PORT: z.union([z.literal('off'), port], 'must be a port from 0 to 65535, or off').default(9464),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  LOG_CLIENT_ADDRESS: onOff.default('on'),
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
    .regex(/^[^\s{}]{1,128}$/, 'must have 1 to 128 characters, none a space or a brace')
    .default('face-groups'),

  CACHE_TTL_SECONDS: wholeNumber({ min: 1, max: 30 * day }).default(60),
  CACHE_STALE_SECONDS: wholeNumber({ min: 0, max: 365 * day }).default(day),
  CACHE_REFRESH_BACKOFF_SECONDS: wholeNumber({ min: 1, max: 3600 }).default(5),

  AUTH_MODE: z.enum(['jwt', 'gateway', 'none'], 'is required and must be jwt, gateway or none'),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  JWT_AUDIENCE_CLAIM: claimName.default('aud'),
  JWT_SCOPE_CLAIMS: listOf(claimName).default(['scope', 'scp']),
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
  EXPLORER: onOff.optional(),
  EXPLORER_SIGN_IN_URL: pageUrl.optional(),
  EXPLORER_SIGN_OUT_URL: pageUrl.optional(),
}

/** Variables whose value is a secret: each may be set as `…_FILE` instead, and none is ever shown. */
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
/** The validated variables. */
export type Values = { [Name in keyof typeof variables]: z.output<(typeof variables)[Name]> } & {
  [Name in SecretName]?: Secret
}
