import { createHash } from 'node:crypto'
import { createTokenDigest } from '../../../src/http/authentication/token-digest.js'

const sha256 = (token: string) => createHash('sha256').update(token).digest('base64')

describe('the digest of a token', () => {
  it('is its SHA-256, whichever tokens are kept, in whatever order they come', () => {
    const digest = createTokenDigest()
    // More than are kept at a time, so that they take each other's places.
    const tokens = Array.from({ length: 1000 }, (_, at) => `header.payload ${at}.${sha256(String(at))}`)
    for (const token of tokens) digest.keep(token, sha256(token))
    for (const token of [...tokens, ...tokens.toReversed()]) expect(digest.of(token)).toBe(sha256(token))
  })

  it('is the one given where the token is kept', () => {
    const digest = createTokenDigest()
    digest.keep('header.payload.signature', 'its digest')
    expect(digest.of('header.payload.signature')).toBe('its digest')
  })

  it('is of its own for a token that differs in one character from one that is kept, wherever it stands', () => {
    const digest = createTokenDigest()
    const token = `header.payload.${'s'.repeat(64)}`
    digest.keep(token, 'its digest')
    for (let at = 0; at < token.length; at += 1) {
      const other = `${token.slice(0, at)}X${token.slice(at + 1)}`
      expect(digest.of(other)).toBe(sha256(other))
    }
  })

  it.each([['x'], ['']])('of the token %p is its SHA-256 as well', (token) => {
    expect(createTokenDigest().of(token)).toBe(sha256(token))
  })
})
