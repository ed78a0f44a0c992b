import { hash } from 'node:crypto'
import { inOnePiece } from '../../one-piece.js'

/** Digests tokens, by which they are remembered. */
export interface TokenDigest {
  /** The SHA-256 of a token, in Base64. */
  of(token: string): string
  /** Has the digest of a token ready that was found good and will come again. */
  keep(token: string, digest: string): void
}

/** A power of two; with the longest tokens there are, two megabytes. */
const places = 256

/**
 * Callers send the same token again and again, and comparing it with one that is kept takes a fraction of digesting it
 * (docs/performance.md). So a few good tokens at a time stay in memory as they came, each until another takes its place. Whoever
 * would learn one by how long the comparison takes has to guess it several characters at a time.
 */
export function createTokenDigest(): TokenDigest {
  const kept: { readonly token: string; readonly digest: string }[] = []

  return {
    of(token) {
      const known = kept[placeOf(token)]
      return known?.token === token ? known.digest : hash('sha256', token, 'base64')
    },
    keep(token, digest) {
      // A copy, for a part of a header would hold on to all of it.
      kept[placeOf(token)] = { token: inOnePiece(token), digest }
    },
  }
}

/** By characters of the signature, which differ from token to token as if by chance. */
function placeOf(token: string): number {
  return (token.charCodeAt(token.length - 5) * 31 + token.charCodeAt(token.length - 4)) & (places - 1)
}
