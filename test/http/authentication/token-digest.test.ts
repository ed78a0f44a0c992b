import { createHash } from 'node:crypto'
import { createTokenDigest } from '../../../src/http/authentication/token-digest.js'

const sha256 = (token: string) => createHash('sha256').update(token).digest('base64')

describe('the digest of a token', () => {
  it('is its SHA-256, however often and in whatever order tokens come', () => {
    const digestOf = createTokenDigest()
    // More than are kept at a time, so that they take each other's places.
    const tokens = Array.from({ length: 1000 }, (_, at) => `header.payload ${at}.${sha256(String(at))}`)
    for (const token of [...tokens, ...tokens.toReversed(), ...tokens.flatMap((each) => [each, each])]) {
      expect(digestOf(token)).toBe(sha256(token))
    }
  })

  it('tells tokens apart that differ in one character, wherever it stands', () => {
    const digestOf = createTokenDigest()
    const token = `header.payload.${'s'.repeat(64)}`
    digestOf(token)
    for (let at = 0; at < token.length; at += 1) {
      const other = `${token.slice(0, at)}X${token.slice(at + 1)}`
      expect(digestOf(other)).toBe(sha256(other))
    }
  })

  it.each([['x'], ['']])('of the token %p is its SHA-256 as well', (token) => {
    const digestOf = createTokenDigest()
    expect([digestOf(token), digestOf(token)]).toEqual([sha256(token), sha256(token)])
  })
})
