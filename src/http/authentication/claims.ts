import { isJsonObject, type JsonObject } from '../../json-object.js'
import { splitList } from './caller.js'

/**
 * The claim `name` of a token. A member with exactly this name wins, such as `https://a.example/roles`; otherwise dots
 * descend into objects, such as `realm_access.roles`. `undefined` if there is none.
 */
export function readClaim(claims: JsonObject, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  const [first = '', ...rest] = name.split('.')
  const member = Object.hasOwn(claims, first) ? claims[first] : undefined
  return rest.length > 0 && isJsonObject(member) ? readClaim(member, rest.join('.')) : undefined
}

/**
 * All scopes or roles in the claims of these names: each a list, or a string that separates them by spaces or commas.
 */
export function readScopes(claims: JsonObject, names: readonly string[]): ReadonlySet<string> {
  const entries = names.flatMap((name): unknown[] => [readClaim(claims, name)].flat())
  return new Set(entries.flatMap((entry) => (typeof entry === 'string' ? splitList(entry) : [])))
}

/** Whether the claim equals the audience or is a list that contains it. */
export function hasAudience(claims: JsonObject, name: string, audience: string): boolean {
  return [readClaim(claims, name)].flat().includes(audience)
}

/** Claims that only an ID token has (OpenID Connect Core 1.0 sections 2 and 3.3.2.11). */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash']

/** Whether these are the claims of an ID token, which is meant for the client and is not an access token. */
export function isIdToken(claims: JsonObject): boolean {
  return idTokenClaims.some((name) => Object.hasOwn(claims, name))
}

/** Whether the header's `typ` is that of an access token (RFC 9068 section 2.1) or of any JWT, or is absent. */
export function isAccessTokenType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && /^(application\/)?(at\+)?jwt$/i.test(typ))
}
