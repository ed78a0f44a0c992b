import type { Agent } from 'node:http'
import { isLoopbackUrl } from '../../ip-address.js'
import { type JsonObject, parseJsonObject } from '../../json-object.js'
import { type FetchFailure, fetchDocument, type FetchOptions } from './fetch-document.js'

/** Why the issuer's metadata cannot be used. */
export type MetadataFailure =
  | FetchFailure
  /** Neither document exists, or neither is a JSON object. */
  | 'no_metadata'
  /** The metadata names another issuer; a trailing slash counts. */
  | 'issuer_mismatch'
  /** `jwks_uri` is missing or not an absolute URL. */
  | 'no_jwks_uri'
  /** `jwks_uri` is plain http and not a loopback address. */
  | 'insecure_jwks_uri'

export interface IssuerMetadata {
  readonly jwksUri: URL
  /** All members of the document. */
  readonly members: JsonObject
}

type Found<T> = T | { readonly failure: MetadataFailure }

export interface MetadataOptions extends Omit<FetchOptions, 'agent' | 'accept'> {
  /** Returns the agent for a URL. Default: Node's. */
  readonly agentFor?: ((url: URL) => Agent) | undefined
}

/**
 * Where an issuer publishes its metadata, in the order to try: OpenID Connect Discovery 1.0 section 4, RFC 8414 section
 * 3.
 */
export function metadataUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ]
}

/**
 * Fetches the issuer's metadata. Its `issuer` must equal `issuer` exactly, and its `jwks_uri` must be https (http for
 * loopback only). Never rejects. `issuer` must be an absolute http(s) URL.
 */
export async function fetchIssuerMetadata(issuer: string, options: MetadataOptions): Promise<Found<IssuerMetadata>> {
  const found = await fetchMetadataDocument(issuer, options)
  if ('failure' in found) return found
  const { members } = found
  if (members['issuer'] !== issuer) return { failure: 'issuer_mismatch' }
  const { jwks_uri: uri } = members
  if (typeof uri !== 'string' || !URL.canParse(uri)) return { failure: 'no_jwks_uri' }
  const jwksUri = new URL(uri)
  const isSecure = jwksUri.protocol === 'https:' || (jwksUri.protocol === 'http:' && isLoopbackUrl(jwksUri))
  return isSecure ? { jwksUri, members } : { failure: 'insecure_jwks_uri' }
}

/** The first document that is a JSON object, whichever issuer it names. Never rejects. */
export async function fetchMetadataDocument(
  issuer: string,
  { agentFor, ...options }: MetadataOptions,
): Promise<Found<Pick<IssuerMetadata, 'members'>>> {
  for (const url of metadataUrls(issuer)) {
    const fetched = await fetchDocument(url, { ...options, agent: agentFor?.(url) })
    const members = 'text' in fetched ? parseJsonObject(fetched.text) : null
    if (members !== null) return { members }
    // A server that does not answer would not answer for the other document either.
    if ('failure' in fetched && !['bad_status', 'malformed'].includes(fetched.failure)) return fetched
  }
  return { failure: 'no_metadata' }
}
