import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { parseNetwork } from '../ip-address.js'

/** A whole number in decimal digits. */
export function wholeNumber(limits: { min: number; max: number }) {
  const rule = `must be a whole number from ${limits.min} to ${limits.max}`
  return z
    .string()
    .regex(/^\d{1,15}$/, rule)
    .transform(Number)
    .refine((value) => value >= limits.min && value <= limits.max, rule)
}

/** One of the words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
}

export const onOff = oneOf('on', 'off')

/** A comma-separated list; spaces around entries and empty entries are ignored. */
export function listOf<T extends z.ZodType<unknown, string>>(entry: T) {
  return z
    .string()
    .transform((value) => value.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(entry).min(1, 'must name at least one entry'))
}

/** The parsed URL; `null` where `value` is none. */
export function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null
}

/** An absolute http(s) URL without credentials and fragment. */
export const httpUrl = z.string().refine((value) => {
  const url = parseUrl(value)
  return url !== null && /^https?:$/.test(url.protocol) && !url.hash && !url.username && !url.password
}, 'must be an absolute https:// (or http://) URL without user, password and fragment')

/** An `httpUrl` to which paths are appended: no query, no trailing slash. */
export const baseUrl = httpUrl
  .refine((value) => !value.includes('?'), 'must not have a query')
  .transform((value) => value.replace(/\/+$/, ''))

/** An origin exactly as a browser sends it in `Origin` (RFC 6454 section 6.2). */
export const exactOrigin = z
  .string()
  .refine((value) => !value.includes('*'), 'must list exact origins; * would let other sites in')
  .refine(
    (value) => value.includes('*') || (/^https?:/.test(value) && parseUrl(value)?.origin === value),
    'must hold origins exactly as a browser sends them, e.g. https://app.example.com (no path, no trailing slash)',
  )

/** A network or single address. A network so wide that it means "everybody" is refused. */
export const network = z
  .string()
  .refine((value) => parseNetwork(value) !== null, {
    message: 'must list addresses or networks in CIDR notation, e.g. 10.0.0.0/8',
    abort: true,
  })
  .refine((value) => {
    const [address, bits = 0] = parseNetwork(value) ?? []
    return bits >= (address?.kind() === 'ipv6' ? 7 : 8)
  }, 'must not trust everybody: a network wider than /8 (IPv6: /7) is refused')
  .refine((value) => !includesMappedAddresses(value), 'must write IPv4 networks as IPv4, not mapped into IPv6')

const [mappedIPv4, mappedBits] = ipaddr.IPv6.parseCIDR('::ffff:0:0/96')

/** Whether an IPv6 network overlaps that of IPv4 peers of a dual-stack socket (RFC 4291 section 2.5.5.2). */
function includesMappedAddresses(value: string): boolean {
  const [address, bits = 0] = parseNetwork(value) ?? []
  return address?.kind() === 'ipv6' && address.match(mappedIPv4, Math.min(bits, mappedBits))
}

/** A scope (RFC 6749 section 3.3). */
export const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a single scope without spaces and quotes')

/** The name of a claim, or a path with dots into objects, such as `realm_access.roles`. */
export const claimName = z
  .string()
  .regex(
    /^[^\s",\\.]+(\.[^\s",\\.]+)*$/,
    'must name claims without spaces and quotes, e.g. roles or realm_access.roles',
  )

/** A header or cookie name (RFC 9110 section 5.6.2). */
export const token = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a single token without spaces')

/** Headers that HTTP, proxies or this service give another meaning (RFC 9110, RFC 9112, Fetch). */
const reservedHeaders = [
  'accept|accept-.+|access-control-.+|cache-control|connection|content-.+|cookie|date|expect|forwarded|host|if-.+',
  'keep-alive|origin|pragma|proxy-.+|range|referer|sec-.+|set-cookie|te|traceparent|tracestate|trailer',
  'transfer-encoding|upgrade|user-agent|via|x-forwarded-(for|host|port|proto)|x-gateway-secret|x-request-id',
].join('|')
const reservedHeader = new RegExp(`^(${reservedHeaders})$`)

/** The name, in lower case, of a header that carries a token. */
export const tokenHeader = token
  .toLowerCase()
  .refine((name) => !reservedHeader.test(name), 'must not be a header with another meaning')

/** The name, in lower case, of a header that says who is calling: never one that carries a secret. */
export const identityHeader = tokenHeader.refine(
  (name) => name !== 'authorization',
  'must not be a header with another meaning',
)

/** An address, or a host name whose labels have letters, digits and hyphens (RFC 1123 section 2.1). */
export const listenHost = z
  .string()
  .refine(
    (value) => isIP(value) !== 0 || (/^[\w.-]{1,253}$/.test(value) && parseUrl(`http://${value}`) !== null),
    'must be an IP address or a host name of this machine',
  )

export const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must hold host:port pairs, e.g. redis-1:6379')
  .transform((value) => {
    const colon = value.lastIndexOf(':')
    return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) }
  })
  .refine(({ port }) => port >= 1 && port <= 65_535, 'must hold ports from 1 to 65535')
