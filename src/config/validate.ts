import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { readProxyUrl } from '../egress/no-proxy.js'
import { isLoopbackUrl } from '../ip-address.js'
import { httpUrl, identityHeader, parseUrl, type SecretName, type Values } from './variables.js'

/** A variable and what is wrong with it, which completes a sentence that begins with its name. Holds no secret. */
export type Fault = readonly [variable: string, predicate: string]

type Check = (values: Partial<Values>, secrets: ReadonlyMap<SecretName, string>) => Iterable<Fault>

/**
 * Cross-field validation: what is missing, what excludes what, and what production refuses. `values` lacks variables
 * that are faulty by themselves; `secrets` holds those given (an unreadable one is empty). Returns every fault.
 */
export function validate(...input: Parameters<Check>): Fault[] {
  return [server, upstream, redis, jwt, gateway, production].flatMap((check) => Array.from(check(...input)))
}

const server: Check = function* ({ PORT, ADMIN_PORT }) {
  if (PORT !== undefined && PORT !== 0 && PORT === ADMIN_PORT) {
    yield ['ADMIN_PORT', 'must differ from PORT: the admin routes must never be published']
  }
}

const upstream: Check = function* ({ NODE_EXTRA_CA_CERTS }, secrets) {
  for (const name of ['FINAUTH_API_KEY', 'FINAUTH_API_SECRET'] as const) {
    if (!secrets.has(name)) yield [name, `(or ${name}_FILE) is required`]
  }
  if (secrets.has('FINAUTH_STANDBY_API_KEY') !== secrets.has('FINAUTH_STANDBY_API_SECRET')) {
    yield ['FINAUTH_STANDBY_API_KEY', 'and FINAUTH_STANDBY_API_SECRET must be given together']
  }
  for (const name of ['FINAUTH_API_KEY', 'FINAUTH_STANDBY_API_KEY'] as const) {
    if (/[&=\s]/.test(secrets.get(name) ?? '')) {
      yield [name, 'must not contain &, = or spaces: it is part of the signed text']
    }
  }
  const proxy = secrets.get('HTTPS_PROXY')
  if (proxy !== undefined && readProxyUrl(proxy) === null) {
    yield ['HTTPS_PROXY', 'must be an http:// or https:// URL, or host:port']
  }
  // Node itself would print a warning and start without them.
  if (NODE_EXTRA_CA_CERTS && !succeeds(() => new X509Certificate(readFileSync(NODE_EXTRA_CA_CERTS)))) {
    yield ['NODE_EXTRA_CA_CERTS', 'must name a readable file of certificates in PEM']
  }
}

const redis: Check = function* ({ REDIS_SENTINELS, REDIS_CLUSTER_NODES, ...values }, secrets) {
  const given = secrets.get('REDIS_URL')
  const caFile = values.REDIS_TLS_CA_FILE
  if ([given, REDIS_SENTINELS, REDIS_CLUSTER_NODES].filter(Boolean).length > 1) {
    yield ['REDIS_URL', 'or REDIS_SENTINELS or REDIS_CLUSTER_NODES may be given, only one of them']
  }
  if (Boolean(REDIS_SENTINELS) !== Boolean(values.REDIS_SENTINEL_NAME)) {
    yield ['REDIS_SENTINELS', 'and REDIS_SENTINEL_NAME must be given together']
  }
  if (given !== undefined) {
    const url = parseUrl(given)
    if (url === null || !/^rediss?:$/.test(url.protocol)) {
      yield ['REDIS_URL', 'must be a redis:// or rediss:// URL']
    } else if (!/^\/?\d{0,9}$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
      const example = 'redis://cache:6379/3'
      yield ['REDIS_URL', `must end with the host or a database number, as in ${example}: no other path, no query`]
    }
    if (url !== null && !succeeds(() => decodeURIComponent(url.username) + decodeURIComponent(url.password))) {
      yield ['REDIS_URL', 'must write a % in user or password as %25']
    }
    if (caFile && url?.protocol === 'redis:') {
      yield ['REDIS_TLS_CA_FILE', 'is given but REDIS_URL is not encrypted: use rediss://']
    }
  }
  if (caFile && !succeeds(() => readFileSync(caFile))) yield ['REDIS_TLS_CA_FILE', 'names a file that cannot be read']
}

const jwt: Check = function* ({ AUTH_MODE, JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URI, JWT_JWKS_FILE }) {
  if (AUTH_MODE !== 'jwt') return
  if (!JWT_ISSUER) yield ['JWT_ISSUER', 'is required when AUTH_MODE is jwt']
  if (!JWT_AUDIENCE) yield ['JWT_AUDIENCE', 'is required when AUTH_MODE is jwt']
  if (JWT_JWKS_URI && JWT_JWKS_FILE) yield ['JWT_JWKS_URI', 'and JWT_JWKS_FILE exclude each other: keep one']
  if (JWT_ISSUER && !JWT_JWKS_URI && !JWT_JWKS_FILE && (!isUrl(JWT_ISSUER) || JWT_ISSUER.includes('?'))) {
    yield ['JWT_ISSUER', 'must be an https:// URL without query where the keys are discovered: else set JWT_JWKS_URI']
  }
  if (JWT_JWKS_FILE && !JWT_JWKS_URI && !succeeds(() => readKeySet(JWT_JWKS_FILE))) {
    yield ['JWT_JWKS_FILE', 'must name a readable JWK Set with at least one key']
  }
}

/** One header with two meanings would let callers choose their own rights, or put a secret into the audit log. */
const gateway: Check = function* ({ AUTH_MODE, GATEWAY_CIDRS, AUTH_GROUPS_CLAIM, ...values }, secrets) {
  if (AUTH_MODE !== 'gateway') return
  const groups = AUTH_GROUPS_CLAIM === undefined ? null : identityHeader.safeParse(AUTH_GROUPS_CLAIM)
  if (groups?.success === false) {
    yield ['AUTH_GROUPS_CLAIM', 'must name a header when AUTH_MODE is gateway, and none with another meaning']
  }
  const headers = [
    ['GATEWAY_USER_HEADER', values.GATEWAY_USER_HEADER],
    ['GATEWAY_SCOPES_HEADER', values.GATEWAY_SCOPES_HEADER],
    ['AUTH_GROUPS_CLAIM', groups?.data],
  ] as const
  for (const [i, [variable, name]] of headers.entries()) {
    const other = headers.slice(0, i).find(([, before]) => before !== undefined && before === name)
    if (other) yield [variable, `must differ from ${other[0]}: each names a header of its own`]
  }
  if (!secrets.has('GATEWAY_SECRET') && GATEWAY_CIDRS?.length === 0) {
    yield [
      'GATEWAY_SECRET',
      'or GATEWAY_CIDRS is required when AUTH_MODE is gateway: else anybody may send the headers',
    ]
  }
}

const production: Check = function* ({ NODE_ENV, AUTH_MODE, ...values }) {
  if (NODE_ENV !== 'production') return
  if (AUTH_MODE === 'none') yield ['AUTH_MODE', 'none is refused in production: use jwt or gateway']
  const isDiscovered = AUTH_MODE === 'jwt' && !values.JWT_JWKS_URI && !values.JWT_JWKS_FILE
  for (const name of [
    'FINAUTH_BASE_URL',
    'JWT_JWKS_URI',
    ...(isDiscovered ? (['JWT_ISSUER'] as const) : []),
  ] as const) {
    const url = values[name]
    if (url?.startsWith('http:') && isUrl(url) && !isLoopbackUrl(url)) {
      yield [name, 'must use https: in production, except to a loopback address']
    }
  }
}

function isUrl(value: string): boolean {
  return httpUrl.safeParse(value).success
}

function readKeySet(path: string): void {
  const keySet = JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet
  createLocalJWKSet(keySet)
  if (keySet.keys.length === 0) throw new Error('no keys')
}

function succeeds(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
