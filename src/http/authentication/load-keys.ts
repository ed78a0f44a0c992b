import { readFile } from 'node:fs/promises'
import { isLoopbackUrl } from '../../ip-address.js'
import { type JsonObject, parseJsonObject } from '../../json-object.js'
import { createFetcher, type Fetcher, type FetcherOptions, type FetchFailure, utf8 } from './fetch-document.js'
import { parseKeySet } from './key-set.js'

/** Why a key set could not be loaded. */
export type KeysFailure =
  | FetchFailure
  | 'no_usable_key'
  /** The file cannot be read. */
  | 'unreadable'
  /** Neither metadata document exists, or neither is a JSON object. */
  | 'no_metadata'
  /** The metadata names another issuer; a trailing slash counts. */
  | 'issuer_mismatch'
  /** `jwks_uri` is missing or not an absolute URL. */
  | 'no_jwks_uri'
  /** `jwks_uri` is plain http and not a loopback address. */
  | 'insecure_jwks_uri'

type Failed = { readonly failure: KeysFailure }

export type LoadedKeys = { readonly text: string } | Failed

/** A source of key sets. */
export interface KeyLoader {
  /** Never rejects; of an error only its kind is returned. */
  load(): Promise<LoadedKeys>
  /** Older keys are reloaded when a token needs them; 0: for each token. */
  readonly maxAgeMs: number
  /** Shortest time between two attempts after a failure. */
  readonly cooldownMs: number
  /** Closes the connections. */
  close(): void
}

export interface KeyLoaderOptions extends FetcherOptions {
  /** An absolute http(s) URL if the keys are discovered. */
  readonly issuer: string
  /** `null`: at the `jwks_uri` of the issuer's metadata, which is kept while it returns keys. */
  readonly jwks: { readonly uri: string } | { readonly file: string } | null
}

/** Loads a JWK Set. `timeoutMs` limits one load, all its fetches included. */
export function createKeyLoader({ issuer, jwks, timeoutMs = 5_000, ...options }: KeyLoaderOptions): KeyLoader {
  if (jwks !== null && 'file' in jwks)
    return { maxAgeMs: 0, cooldownMs: 0, load: () => readKeyFile(jwks.file), close() {} }
  const fetcher = createFetcher({ ...options, timeoutMs })
  let jwksUri = jwks === null ? null : new URL(jwks.uri)
  return {
    maxAgeMs: 600_000,
    cooldownMs: 30_000,
    async load() {
      const signal = AbortSignal.timeout(timeoutMs)
      const loaded = jwksUri && (await fetcher.fetch(jwksUri, signal))
      if (loaded !== null && (jwks !== null || isKeySet(loaded))) return loaded
      const metadata = await fetchMetadata(fetcher, issuer, signal)
      const found = 'failure' in metadata ? metadata : jwksUriOf(metadata.members, issuer)
      if ('failure' in found) return loaded !== null && 'failure' in loaded ? loaded : found
      if (loaded !== null && found.href === jwksUri?.href) return loaded
      jwksUri = found
      return fetcher.fetch(jwksUri, signal)
    },
    close: () => fetcher.close(),
  }
}

function isKeySet(loaded: LoadedKeys): boolean {
  return 'text' in loaded && parseKeySet(loaded.text) !== null
}

/** Changes take effect with the next token. */
async function readKeyFile(path: string): Promise<LoadedKeys> {
  try {
    return { text: utf8.decode(await readFile(path)) }
  } catch {
    return { failure: 'unreadable' }
  }
}

/**
 * The issuer's metadata: the first document that is a JSON object, whichever issuer it names, in the order of OpenID
 * Connect Discovery 1.0 section 4 and RFC 8414 section 3. Never rejects.
 */
export async function fetchMetadata(
  fetcher: Pick<Fetcher, 'fetch'>,
  issuer: string,
  signal: AbortSignal,
): Promise<{ readonly members: JsonObject } | Failed> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  for (const place of [`${path}/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server${path}`]) {
    const fetched = await fetcher.fetch(new URL(origin + place), signal)
    const members = 'text' in fetched ? parseJsonObject(fetched.text) : null
    if (members !== null) return { members }
    // A server that does not answer would not answer for the other document either.
    if ('failure' in fetched && !['bad_status', 'malformed'].includes(fetched.failure)) return fetched
  }
  return { failure: 'no_metadata' }
}

/** The `jwks_uri` of metadata whose `issuer` must equal `issuer` exactly: https, or http for loopback only. */
function jwksUriOf({ issuer: named, jwks_uri: uri }: JsonObject, issuer: string): URL | Failed {
  if (named !== issuer) return { failure: 'issuer_mismatch' }
  if (typeof uri !== 'string' || !URL.canParse(uri)) return { failure: 'no_jwks_uri' }
  const url = new URL(uri)
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(url))
  return isSecure ? url : { failure: 'insecure_jwks_uri' }
}
