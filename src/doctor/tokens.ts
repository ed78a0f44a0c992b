import { calculateJwkThumbprint, type JWK } from 'jose'
import type { AuthenticationConfig } from '../config/config.js'
import type { EgressProxy } from '../egress/egress-agent.js'
import { createFetcher } from '../http/authentication/fetch-document.js'
import { parseKeySet } from '../http/authentication/key-set.js'
import { createKeyLoader, fetchMetadata, type LoadedKeys } from '../http/authentication/load-keys.js'
import { isJsonObject, type JsonObject, parseJsonObject } from '../json-object.js'
import { type Finding, findingsOn } from './report.js'

type JwtConfig = Extract<AuthenticationConfig, { mode: 'jwt' }>

const tokenIssuer = findingsOn('token issuer')
const tokenKeys = findingsOn('token keys')
const timeoutMs = 5_000
const withoutKeys = 'Without keys every request is answered 503.'

/** Compares JWT_ISSUER, JWT_AUDIENCE and the keys with the issuer's metadata, if it is published. */
export async function checkTokenIssuer(config: JwtConfig, proxy: EgressProxy): Promise<Finding> {
  const { ok, fail } = tokenIssuer
  const { issuer, audience, jwks } = config
  if (!URL.canParse(issuer) || !/^https?:/.test(issuer))
    return ok('JWT_ISSUER is not a URL: no metadata to compare with')
  const fetcher = createFetcher({ proxy, timeoutMs })
  const found = await fetchMetadata(fetcher, issuer, AbortSignal.timeout(timeoutMs))
  fetcher.close()
  if ('failure' in found) {
    if (jwks !== null) return ok(`not compared: the issuer’s metadata is unavailable (${found.failure})`)
    const advice = `Check JWT_ISSUER and the network, or set JWT_JWKS_URI. ${withoutKeys}`
    return fail(`no metadata at ${issuer} (${found.failure})`, advice)
  }
  const { issuer: theirs, protected_resources: resources, jwks_uri: jwksUri } = found.members
  if (theirs !== issuer) {
    const advice = `Set JWT_ISSUER=${printable(theirs)} exactly as the tokens carry it: a trailing slash counts.`
    return fail(`JWT_ISSUER is ${issuer}, but its metadata names ${printable(theirs)}`, advice)
  }
  // RFC 9728 section 4: the list may be incomplete, so only a nearly equal entry indicates a mistake.
  const listed: unknown[] = Array.isArray(resources) ? resources : []
  const similar = listed.includes(audience) ? undefined : listed.find((other) => isAlmost(audience, other))
  if (similar !== undefined) {
    const advice = `Set JWT_AUDIENCE=${printable(similar)} exactly as the tokens carry it.`
    return fail(`JWT_AUDIENCE is ${audience}, but the issuer lists ${printable(similar)}`, advice)
  }
  const matches = ok(`${issuer}, matches its metadata`)
  if (jwks === null || ('uri' in jwks && jwks.uri === jwksUri)) return matches
  const [ours, published] = await Promise.all([
    loadKeys(config, proxy).then(thumbprints),
    loadKeys({ issuer, jwks: null }, proxy).then(thumbprints),
  ])
  if (ours.size === 0 || published.size === 0 || [...ours].some((key) => published.has(key))) return matches
  const variable = 'uri' in jwks ? 'JWT_JWKS_URI' : 'JWT_JWKS_FILE'
  const advice = `Remove ${variable} so that the keys are discovered, or use those at ${printable(jwksUri)}.`
  return fail(`no key of ${variable} is among those of ${issuer}`, advice)
}

/** Loads the key set as the service does. */
async function loadKeys({ issuer, jwks }: Pick<JwtConfig, 'issuer' | 'jwks'>, proxy: EgressProxy): Promise<LoadedKeys> {
  const loader = createKeyLoader({ issuer, jwks, proxy, timeoutMs })
  const loaded = await loader.load()
  loader.close()
  return loaded
}

/** Equal except for case and trailing slashes. */
function isAlmost(audience: string, other: unknown): boolean {
  const normalize = (text: string) => text.toLowerCase().replace(/\/+$/, '')
  return typeof other === 'string' && normalize(other) === normalize(audience)
}

/** Text from outside, safe to print on a terminal. */
function printable(value: unknown): string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value) ? value : '(unprintable)'
}

/** RFC 7638 thumbprints of the keys, which are equal for the same key under another name. */
async function thumbprints(loaded: LoadedKeys): Promise<Set<string>> {
  const keys = 'text' in loaded ? keysIn(loaded.text) : []
  const results = await Promise.allSettled(keys.map((key) => calculateJwkThumbprint(key as JWK)))
  return new Set(results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])))
}

/** Whether the JWKS is available, and whether tokens signed with its keys would be accepted. */
export async function checkTokenKeys(config: JwtConfig, proxy: EgressProxy): Promise<Finding> {
  const { ok, warn, fail } = tokenKeys
  const { issuer, jwks, algorithms } = config
  const discovered = ['JWT_ISSUER', `the jwks_uri of ${issuer}`] as const
  const located =
    jwks && ('uri' in jwks ? (['JWT_JWKS_URI', jwks.uri] as const) : (['JWT_JWKS_FILE', jwks.file] as const))
  const [variable, place] = located ?? discovered
  const loaded = await loadKeys(config, proxy)
  if ('failure' in loaded) {
    const advice = `Check that this machine can fetch it (${variable}). ${withoutKeys}`
    return fail(`JWKS unavailable from ${place} (${loaded.failure})`, advice)
  }
  const keys = parseKeySet(loaded.text)
  if (keys === null || keys.count === 0) {
    const advice = `${variable} must point to a JWKS with public RSA (2048 bits or more), EC or OKP keys.`
    return fail(keys === null ? `${place} is not a JWKS` : `${place} has no usable key`, advice)
  }
  const count = keys.count === 1 ? 'one usable key' : `${keys.count} usable keys`
  const served: string[] = []
  for (const alg of algorithms) if ((await keys.candidates({ alg })).length > 0) served.push(alg)
  if (served.length === 0) {
    const detail = `none of ${count} at ${place} supports ${algorithms.join(', ')}`
    return fail(detail, 'Add the provider’s algorithm to JWT_ALGORITHMS.')
  }
  const detail = `${count}, for ${served.join(', ')}`
  const unserved = declaredAlgorithms(loaded.text).filter((alg) => !algorithms.includes(alg))
  if (unserved.length === 0) return ok(detail)
  const advice = `Tokens of the other keys (${unserved.join(', ')}) are rejected: add the algorithms to JWT_ALGORITHMS if intended.`
  return warn(detail, advice)
}

/** The signature algorithms declared by the keys; encryption keys are skipped. */
function declaredAlgorithms(text: string): string[] {
  const declared = keysIn(text).flatMap(({ alg, use }) => (use !== 'enc' && typeof alg === 'string' ? alg : []))
  return [...new Set(declared)].filter((alg) => /^[A-Za-z0-9-]{1,16}$/.test(alg))
}

function keysIn(text: string): readonly JsonObject[] {
  const keys = parseJsonObject(text)?.['keys']
  return Array.isArray(keys) ? keys.filter(isJsonObject) : []
}
