import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { readProxyUrl } from '../egress/no-proxy.js'
import { identityHeader, isLoopbackUrl, parseUrl } from './formats.js'
import type { SecretName, Values } from './variables.js'

/**
 * What single variables cannot tell: what is missing, what excludes what, and what production refuses.
 * `values` lacks the variables that are faulty by themselves, and `given` names the secrets that were
 * given and could be read. Returns one whole sentence per fault.
 */
export function findContradictions(values: Partial<Values>, given: ReadonlyMap<SecretName, string>): string[] {
  return [
    ...upstream(values, given),
    ...redis(values, given),
    ...authentication(values, given),
    ...production(values),
    ...(values.PORT !== undefined && values.PORT !== 0 && values.PORT === values.ADMIN_PORT
      ? ['ADMIN_PORT must differ from PORT: the admin routes are never to be published.']
      : []),
  ]
}

function* upstream(values: Partial<Values>, given: ReadonlyMap<SecretName, string>): Iterable<string> {
  for (const name of ['FINAUTH_API_KEY', 'FINAUTH_API_SECRET'] as const) {
    if (!given.has(name)) yield `${name} (or ${name}_FILE) is required.`
  }
  if (given.has('FINAUTH_STANDBY_API_KEY') !== given.has('FINAUTH_STANDBY_API_SECRET')) {
    yield 'FINAUTH_STANDBY_API_KEY and FINAUTH_STANDBY_API_SECRET must be given together: one without the other signs nothing.'
  }
  for (const name of ['FINAUTH_API_KEY', 'FINAUTH_STANDBY_API_KEY'] as const) {
    if (/[&=\s]/.test(given.get(name) ?? '')) {
      yield `${name} must not contain &, = or blanks: it stands in the signed text.`
    }
  }
  const proxy = given.get('HTTPS_PROXY')
  if (proxy !== undefined && readProxyUrl(proxy) === null) {
    yield 'HTTPS_PROXY must be an http:// or https:// URL, or host:port.'
  }
  // Node itself would warn and go on without them.
  if (values.NODE_EXTRA_CA_CERTS && !isCertificateFile(values.NODE_EXTRA_CA_CERTS)) {
    yield 'NODE_EXTRA_CA_CERTS must name a readable file of certificates in PEM.'
  }
}

function* redis(values: Partial<Values>, given: ReadonlyMap<SecretName, string>): Iterable<string> {
  const { REDIS_SENTINELS, REDIS_SENTINEL_NAME, REDIS_CLUSTER_NODES, REDIS_TLS_CA_FILE } = values
  const url = given.get('REDIS_URL')
  if ([url, REDIS_SENTINELS, REDIS_CLUSTER_NODES].filter(Boolean).length > 1) {
    yield 'REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES exclude each other: name one kind of Redis.'
  }
  if (Boolean(REDIS_SENTINELS) !== Boolean(REDIS_SENTINEL_NAME)) {
    yield 'REDIS_SENTINELS and REDIS_SENTINEL_NAME must be given together.'
  }
  const protocol = url === undefined ? undefined : parseUrl(url)?.protocol
  if (url !== undefined && protocol !== 'redis:' && protocol !== 'rediss:') {
    yield 'REDIS_URL must be a redis:// or rediss:// URL.'
  }
  if (url !== undefined && !isPercentEncoded(url)) {
    yield 'REDIS_URL must write a % in user or password as %25: a % stands before two hexadecimal digits.'
  }
  if (url !== undefined && /^rediss?:$/.test(protocol ?? '') && !namesOneDatabase(url)) {
    yield 'REDIS_URL must end with the host, or with a database’s number as in redis://cache:6379/3: no other path, no query, no fragment.'
  }
  if (REDIS_TLS_CA_FILE && protocol === 'redis:') {
    yield 'REDIS_TLS_CA_FILE is given but REDIS_URL is not encrypted: use rediss://.'
  }
  if (REDIS_TLS_CA_FILE && !isReadable(REDIS_TLS_CA_FILE)) yield 'REDIS_TLS_CA_FILE names a file that cannot be read.'
}

function namesOneDatabase(text: string): boolean {
  const { pathname, search, hash } = new URL(text)
  return /^\/?\d{0,9}$/.test(pathname) && search === '' && hash === ''
}

function* authentication(values: Partial<Values>, given: ReadonlyMap<SecretName, string>): Iterable<string> {
  if (values.AUTH_MODE === 'jwt') {
    if (!values.JWT_ISSUER) yield 'JWT_ISSUER is required when AUTH_MODE is jwt.'
    if (!values.JWT_AUDIENCE) yield 'JWT_AUDIENCE is required when AUTH_MODE is jwt.'
    if (!values.JWT_JWKS_URI === !values.JWT_JWKS_FILE) {
      yield 'JWT_JWKS_URI or JWT_JWKS_FILE is required when AUTH_MODE is jwt, and only one of them.'
    }
    if (values.JWT_JWKS_FILE && !values.JWT_JWKS_URI && !isKeySetFile(values.JWT_JWKS_FILE)) {
      yield 'JWT_JWKS_FILE must name a readable file that holds a JWK Set with at least one key.'
    }
  }
  if (values.AUTH_MODE === 'gateway') yield* gatewayHeaders(values)
  if (values.AUTH_MODE === 'gateway' && !given.has('GATEWAY_SECRET') && values.GATEWAY_CIDRS?.length === 0) {
    yield 'GATEWAY_SECRET or GATEWAY_CIDRS is required when AUTH_MODE is gateway: without proof, identity headers are anybody’s.'
  }
}

/** One header with two meanings would let callers choose their own rights, or put a secret into the audit log. */
function* gatewayHeaders({ AUTH_GROUPS_CLAIM, ...values }: Partial<Values>): Iterable<string> {
  const groups = AUTH_GROUPS_CLAIM === undefined ? null : identityHeader.safeParse(AUTH_GROUPS_CLAIM)
  if (groups?.success === false) {
    yield 'AUTH_GROUPS_CLAIM must name a header when AUTH_MODE is gateway: a single token, and not a header with another meaning.'
  }
  const names = [
    ['GATEWAY_USER_HEADER', values.GATEWAY_USER_HEADER],
    ['GATEWAY_SCOPES_HEADER', values.GATEWAY_SCOPES_HEADER],
    ['AUTH_GROUPS_CLAIM', groups?.data],
  ] as const
  for (const [i, [variable, name]] of names.entries()) {
    const other = names.slice(0, i).find(([, before]) => before !== undefined && before === name)
    if (other) yield `${variable} must differ from ${other[0]}: each names a header of its own.`
  }
}

function* production(values: Partial<Values>): Iterable<string> {
  if (values.NODE_ENV !== 'production') return
  if (values.AUTH_MODE === 'none') yield 'AUTH_MODE none is refused in production: use jwt or gateway.'
  for (const name of ['FINAUTH_BASE_URL', 'JWT_JWKS_URI'] as const) {
    const url = values[name]
    if (url?.startsWith('http:') && !isLoopbackUrl(url)) {
      yield `${name} must use https: in production, except to a loopback address.`
    }
  }
}

function isReadable(path: string): boolean {
  return succeeds(() => readFileSync(path))
}

function isCertificateFile(path: string): boolean {
  return succeeds(() => new X509Certificate(readFileSync(path)))
}

function isKeySetFile(path: string): boolean {
  return succeeds(() => {
    const keySet = JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet
    createLocalJWKSet(keySet)
    if (keySet.keys.length === 0) throw new Error('no keys')
  })
}

function isPercentEncoded(url: string): boolean {
  return succeeds(() => {
    const { username, password } = new URL(url)
    decodeURIComponent(username)
    decodeURIComponent(password)
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
