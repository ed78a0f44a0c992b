import { calculateJwkThumbprint, type JWK } from 'jose'
import type { AuthenticationConfig } from '../../config/config.js'
import type { EgressProxy } from '../../egress/egress-agent.js'
import { createFetcher } from '../../http/authentication/fetch-document.js'
import { createKeyLoader, fetchMetadata, jwksUriOf, type LoadedKeys } from '../../http/authentication/load-keys.js'
import { isJsonObject, parseJsonObject } from '../../json-object.js'
import type { Finding } from '../finding.js'

export type JwtConfig = Extract<AuthenticationConfig, { mode: 'jwt' }>

const name = 'token issuer'
const timeoutMs = 5_000

/** Compares JWT_ISSUER, JWT_AUDIENCE and the keys with the issuer's metadata, if it is published. */
export async function checkTokenIssuer(config: JwtConfig, proxy: EgressProxy): Promise<Finding> {
  const { issuer, audience, jwks } = config
  if (!URL.canParse(issuer) || !/^https?:/.test(issuer))
    return ok('JWT_ISSUER is not a URL: no metadata to compare with')
  const fetcher = createFetcher({ proxy, timeoutMs })
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const found = await fetchMetadata(fetcher, issuer, signal)
    if ('failure' in found) {
      if (jwks !== null) return ok(`not compared: the issuer’s metadata is unavailable (${found.failure})`)
      const advice =
        'Check JWT_ISSUER and the network, or set JWT_JWKS_URI. Without keys every request is answered 503.'
      return fail(`no metadata at ${issuer} (${found.failure})`, advice)
    }
    const { issuer: theirs, protected_resources: resources } = found.members
    if (theirs !== issuer) {
      const named = printable(theirs)
      const advice = `Set JWT_ISSUER=${named} exactly as the tokens carry it: a trailing slash counts.`
      return fail(`JWT_ISSUER is ${issuer}, but its metadata names ${named}`, advice)
    }
    // RFC 9728 section 4: the list may be incomplete, so only a nearly equal entry indicates a mistake.
    const listed: unknown[] = Array.isArray(resources) ? resources : []
    const similar = listed.includes(audience) ? undefined : listed.find((other) => isAlmost(audience, other))
    if (similar !== undefined) {
      const detail = `JWT_AUDIENCE is ${audience}, but the issuer lists ${printable(similar)}`
      return fail(detail, `Set JWT_AUDIENCE=${printable(similar)} exactly as the tokens carry it.`)
    }
    if (jwks === null) return ok(`${issuer}, matches its metadata`)
    const jwksUri = jwksUriOf(found.members, issuer)
    if ('failure' in jwksUri) return ok(`${issuer}, matches its metadata; keys not compared (${jwksUri.failure})`)
    if ('uri' in jwks && new URL(jwks.uri).href === jwksUri.href) return ok(`${issuer}, matches its metadata`)
    const [ours, published] = await Promise.all([
      loadKeys(config, proxy).then(thumbprints),
      fetcher.fetch(jwksUri, AbortSignal.timeout(timeoutMs)).then(thumbprints),
    ])
    if (ours.size > 0 && published.size > 0 && [...ours].every((key) => !published.has(key))) {
      const variable = 'uri' in jwks ? 'JWT_JWKS_URI' : 'JWT_JWKS_FILE'
      const advice = `Remove ${variable} so that the keys are discovered, or use those at ${jwksUri.href}.`
      return fail(`no key of ${variable} is among those of ${issuer}`, advice)
    }
    return ok(`${issuer}, matches its metadata`)
  } finally {
    fetcher.close()
  }
}

/** Loads the key set as the service does. */
export async function loadKeys(config: JwtConfig, proxy: EgressProxy): Promise<LoadedKeys> {
  const loader = createKeyLoader({ ...config, proxy, timeoutMs })
  try {
    return await loader.load()
  } finally {
    loader.close()
  }
}

/** RFC 7638 thumbprints of the keys, which are equal for the same key under another name. */
async function thumbprints(loaded: LoadedKeys): Promise<Set<string>> {
  const keys = 'text' in loaded ? parseJsonObject(loaded.text)?.['keys'] : undefined
  const entries = Array.isArray(keys) ? keys.filter(isJsonObject) : []
  const results = await Promise.allSettled(entries.map((key) => calculateJwkThumbprint(key as JWK)))
  return new Set(results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])))
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

function ok(detail: string): Finding {
  return { status: 'ok', name, detail }
}

function fail(detail: string, advice: string): Finding {
  return { status: 'FAIL', name, detail, advice }
}
