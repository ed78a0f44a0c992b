import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:http'
import { type FetchFailure, fetchDocument, type FetchOptions } from './fetch-document.js'
import { fetchIssuerMetadata, type MetadataFailure } from './issuer-metadata.js'
import { parseKeySet } from './key-set.js'

/** Why a key set could not be loaded. */
export type KeysFailure = FetchFailure | MetadataFailure | 'no_usable_key' | 'unreadable'

export type LoadedKeys = { readonly text: string } | { readonly failure: KeysFailure }

/** A source of key sets. */
export interface KeyLoader {
  /** Never rejects; of an error only its kind is returned. */
  load(): Promise<LoadedKeys>
  /** Older keys are reloaded when a token needs them; 0: for each token. */
  readonly maxAgeMs: number
  /** Shortest time between two attempts after a failure. */
  readonly cooldownMs: number
}

/** UTF-8 without the byte order mark that some editors add. */
const decoder = new TextDecoder()

/** A JWK Set in a file; changes take effect with the next token. */
export function createFileLoader(path: string): KeyLoader {
  return {
    maxAgeMs: 0,
    cooldownMs: 0,
    async load() {
      try {
        return { text: decoder.decode(await readFile(path)) }
      } catch {
        return { failure: 'unreadable' }
      }
    },
  }
}

interface RemoteOptions {
  /** For one load, all its fetches included. Default 5 s. */
  readonly timeoutMs?: number
  /** Of each document, before and after decompression. Default 512 KiB. */
  readonly maxBytes?: number
}

export interface RemoteLoaderOptions extends RemoteOptions {
  readonly url: URL
  /** Of the URL's protocol, e.g. one that goes through a proxy. */
  readonly agent?: Agent
}

export interface DiscoveryLoaderOptions extends RemoteOptions {
  readonly issuer: string
  /** Returns the agent for a URL. Default: Node's. */
  readonly agentFor?: (url: URL) => Agent
}

const remoteTimes = { maxAgeMs: 600_000, cooldownMs: 30_000 }

/** A JWK Set at the issuer's endpoint. Any status but 200 is a failure: redirects are not followed. */
export function createRemoteLoader(options: RemoteLoaderOptions): KeyLoader {
  const { url, agent, timeoutMs = 5_000, maxBytes } = options
  return {
    ...remoteTimes,
    load: () => fetchKeySet(url, { agent, maxBytes, signal: AbortSignal.timeout(timeoutMs) }),
  }
}

/**
 * A JWK Set at the `jwks_uri` of the issuer's metadata. The URI is kept while keys can be fetched from it, and
 * otherwise discovered again.
 */
export function createDiscoveryLoader(options: DiscoveryLoaderOptions): KeyLoader {
  const { issuer, agentFor, timeoutMs = 5_000, maxBytes } = options
  let jwksUri: URL | null = null

  return {
    ...remoteTimes,
    async load() {
      const bounds = { maxBytes, signal: AbortSignal.timeout(timeoutMs) }
      const fetchFrom = (url: URL) => fetchKeySet(url, { ...bounds, agent: agentFor?.(url) })
      const known = jwksUri
      const loaded = known === null ? null : await fetchFrom(known)
      if (loaded !== null && 'text' in loaded && parseKeySet(loaded.text) !== null) return loaded
      const metadata = await fetchIssuerMetadata(issuer, { ...bounds, agentFor })
      if ('failure' in metadata) return loaded !== null && 'failure' in loaded ? loaded : metadata
      jwksUri = metadata.jwksUri
      return loaded !== null && known?.href === jwksUri.href ? loaded : fetchFrom(jwksUri)
    },
  }
}

function fetchKeySet(url: URL, options: FetchOptions): Promise<LoadedKeys> {
  return fetchDocument(url, { ...options, accept: 'application/jwk-set+json, application/json' })
}
