import { hash } from 'node:crypto'

/** A power of two; with the longest tokens there are, two megabytes. */
const places = 256

/**
 * The SHA-256 of a token, by which it is remembered. Callers send the same token again and again, and comparing it with one
 * that was digested a moment ago takes a twentieth of digesting it (docs/performance.md). So a few tokens at a time stay in
 * memory as they came, each until another takes its place. Whoever would learn one by how long the comparison takes has to
 * guess it eight characters or more at a time.
 */
export function createTokenDigest(): (token: string) => string {
  const recent: { readonly token: string; readonly digest: string }[] = []

  return (token) => {
    const place = placeOf(token)
    const known = recent[place]
    if (known?.token === token) return known.digest
    const digest = hash('sha256', token, 'base64')
    recent[place] = { token, digest }
    return digest
  }
}

/** By characters of the signature, which differ from token to token as if by chance. */
function placeOf(token: string): number {
  return (token.charCodeAt(token.length - 5) * 31 + token.charCodeAt(token.length - 4)) & (places - 1)
}
