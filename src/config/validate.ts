import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { readProxyUrl } from '../egress/no-proxy.js'
import { isLoopbackUrl } from '../ip-address.js'
import { httpUrl, identityHeader, parseUrl, type SecretName, type Values } from './variables.js'

/** A variable and a predicate that completes a sentence beginning with its name. Contains no secret. */
export type Fault = readonly [variable: string, predicate: string]

/** The secrets that are set; an unreadable one is empty. */
export type SecretTexts = { readonly [Name in SecretName]?: string }

/** A fault that exists if the condition is truthy. */
type Rule = readonly [isBroken: unknown, ...Fault]

type Rules = (values: Partial<Values>, secrets: SecretTexts) => readonly Rule[]

/**
 * Cross-field validation: what is missing, what excludes what, and what production rejects. `values` lacks variables
 * that are invalid by themselves. Returns every fault.
 */
export function validate(...input: Parameters<Rules>): Fault[] {
  const rules = [server, upstream, redis, jwt, gateway, production].flatMap((rulesFor) => rulesFor(...input))
  return rules.filter(([isBroken]) => isBroken).map(([, ...fault]) => fault)
}

const server: Rules = ({ PORT, ADMIN_PORT }) => [
  [PORT && PORT === ADMIN_PORT, 'ADMIN_PORT', 'must differ from PORT: the admin routes must never be published'],
]

const upstream: Rules = ({ NODE_EXTRA_CA_CERTS: caFile, ...values }, secrets) => {
  const proxy = secrets.HTTPS_PROXY
  const isStandbyHalf = !values.FINAUTH_STANDBY_API_KEY !== !values.FINAUTH_STANDBY_API_SECRET
  const isUnsignable = (name: SecretName) => /[&=\s]/.test(secrets[name] ?? '')
  const unsignable = 'must not contain &, = or spaces: it is part of the signed text'
  return [
    [!values.FINAUTH_API_KEY, 'FINAUTH_API_KEY', '(or FINAUTH_API_KEY_FILE) is required'],
    [!values.FINAUTH_API_SECRET, 'FINAUTH_API_SECRET', '(or FINAUTH_API_SECRET_FILE) is required'],
    [isStandbyHalf, 'FINAUTH_STANDBY_API_KEY', 'and FINAUTH_STANDBY_API_SECRET must be given together'],
    [isUnsignable('FINAUTH_API_KEY'), 'FINAUTH_API_KEY', unsignable],
    [isUnsignable('FINAUTH_STANDBY_API_KEY'), 'FINAUTH_STANDBY_API_KEY', unsignable],
    [proxy && !readProxyUrl(proxy), 'HTTPS_PROXY', 'must be an http:// or https:// URL, or host:port'],
    // Node itself would print a warning and start without them.
    [caFile && !isCertificate(caFile), 'NODE_EXTRA_CA_CERTS', 'must name a readable file of certificates in PEM'],
  ]
}

const redis: Rules = (values, secrets) => {
  const { REDIS_SENTINELS, REDIS_SENTINEL_NAME, REDIS_CLUSTER_NODES, REDIS_TLS_CA_FILE: caFile } = values
  const given = secrets.REDIS_URL
  const url = parseUrl(given ?? '')
  const isRedisUrl = url !== null && /^rediss?:$/.test(url.protocol)
  const isDatabase = isRedisUrl && /^\/?\d{0,9}$/.test(url.pathname) && url.search === '' && url.hash === ''
  const kinds = [given, REDIS_SENTINELS, REDIS_CLUSTER_NODES].filter(Boolean)
  return [
    [kinds.length > 1, 'REDIS_URL', 'or REDIS_SENTINELS or REDIS_CLUSTER_NODES may be given, only one of them'],
    [!REDIS_SENTINELS !== !REDIS_SENTINEL_NAME, 'REDIS_SENTINELS', 'and REDIS_SENTINEL_NAME must be given together'],
    [given && !isRedisUrl, 'REDIS_URL', 'must be a redis:// or rediss:// URL'],
    [isRedisUrl && !isDatabase, 'REDIS_URL', 'must end with the host or a database number: redis://cache:6379/3'],
    [url && !hasDecodableUser(url), 'REDIS_URL', 'must write a % in user or password as %25'],
    [caFile && url?.protocol === 'redis:', 'REDIS_TLS_CA_FILE', 'is given but REDIS_URL is not rediss://'],
    [caFile && !succeeds(() => readFileSync(caFile)), 'REDIS_TLS_CA_FILE', 'names a file that cannot be read'],
  ]
}

const jwt: Rules = ({ AUTH_MODE, JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URI: uri, JWT_JWKS_FILE: file }) => {
  if (AUTH_MODE !== 'jwt') return []
  const isDiscoverable = JWT_ISSUER === undefined || (isHttpUrl(JWT_ISSUER) && !JWT_ISSUER.includes('?'))
  return [
    [!JWT_ISSUER, 'JWT_ISSUER', 'is required when AUTH_MODE is jwt'],
    [!JWT_AUDIENCE, 'JWT_AUDIENCE', 'is required when AUTH_MODE is jwt'],
    [uri && file, 'JWT_JWKS_URI', 'and JWT_JWKS_FILE exclude each other: keep one'],
    [!uri && !file && !isDiscoverable, 'JWT_ISSUER', 'must be an https:// URL without query, or set JWT_JWKS_URI'],
    [!uri && file && !isKeySet(file), 'JWT_JWKS_FILE', 'must name a readable JWK Set with at least one key'],
  ]
}

/** A header with two meanings would let callers grant themselves rights, or put a secret into the audit log. */
const gateway: Rules = ({ AUTH_MODE, AUTH_GROUPS_CLAIM, GATEWAY_CIDRS, ...values }) => {
  if (AUTH_MODE !== 'gateway') return []
  const { GATEWAY_USER_HEADER: user, GATEWAY_SCOPES_HEADER: scopes } = values
  const parsed = identityHeader.optional().safeParse(AUTH_GROUPS_CLAIM)
  const groups = parsed.data
  const misnamed = 'must name a header when AUTH_MODE is gateway, and none with another meaning'
  const unprotected = 'or GATEWAY_CIDRS is required when AUTH_MODE is gateway: otherwise anyone may call'
  const isUnprotected = !values.GATEWAY_SECRET && GATEWAY_CIDRS?.length === 0
  return [
    [!parsed.success, 'AUTH_GROUPS_CLAIM', misnamed],
    [user && user === scopes, 'GATEWAY_SCOPES_HEADER', 'must differ from GATEWAY_USER_HEADER'],
    [groups && groups === user, 'AUTH_GROUPS_CLAIM', 'must differ from GATEWAY_USER_HEADER'],
    [groups && groups === scopes, 'AUTH_GROUPS_CLAIM', 'must differ from GATEWAY_SCOPES_HEADER'],
    [isUnprotected, 'GATEWAY_SECRET', unprotected],
  ]
}

const production: Rules = ({ NODE_ENV, AUTH_MODE, FINAUTH_BASE_URL, JWT_ISSUER, ...values }) => {
  if (NODE_ENV !== 'production') return []
  const isDiscovered = AUTH_MODE === 'jwt' && !values.JWT_JWKS_URI && !values.JWT_JWKS_FILE
  const isInsecure = (url = '') => url.startsWith('http:') && isHttpUrl(url) && !isLoopbackUrl(url)
  const insecure = 'must use https: in production, except to a loopback address'
  return [
    [AUTH_MODE === 'none', 'AUTH_MODE', 'none is refused in production: use jwt or gateway'],
    [isInsecure(FINAUTH_BASE_URL), 'FINAUTH_BASE_URL', insecure],
    [isInsecure(values.JWT_JWKS_URI), 'JWT_JWKS_URI', insecure],
    [isDiscovered && isInsecure(JWT_ISSUER), 'JWT_ISSUER', insecure],
  ]
}

function isHttpUrl(value: string): boolean {
  return httpUrl.safeParse(value).success
}

function hasDecodableUser({ username, password }: URL): boolean {
  return succeeds(() => decodeURIComponent(username) + decodeURIComponent(password))
}

function isCertificate(path: string): boolean {
  return succeeds(() => new X509Certificate(readFileSync(path)))
}

function isKeySet(path: string): boolean {
  return succeeds(() => {
    const keySet = JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet
    createLocalJWKSet(keySet)
    if (keySet.keys.length === 0) throw new Error('no keys')
  })
}

function succeeds(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
