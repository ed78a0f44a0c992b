import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { createKeyStore } from '../../../src/http/authentication/key-store.js'
import { found, useRemoteKeys } from './remote-keys.js'

const idp = await useRemoteKeys()

describe('the keys of an identity provider', () => {
  it('are fetched when first needed, once for concurrent requests', async () => {
    const keys = idp.remoteKeys()
    expect(idp.provider.requests).toBe(0)
    const counts = await Promise.all(Array.from({ length: 10 }, () => found(keys, 'first')))
    expect(new Set(counts)).toEqual(new Set([1]))
    expect([idp.provider.requests, idp.news]).toEqual([1, ['loaded 1']])
  })

  it('are requested as a JWK Set or as JSON', async () => {
    const accepted: unknown[] = []
    idp.provider.answer((request, response) => {
      accepted.push(request.headers.accept)
      response.end(JSON.stringify({ keys: [idp.first.jwk] }))
    })
    expect(await found(idp.remoteKeys(), 'first')).toBe(1)
    expect(accepted).toEqual(['application/jwk-set+json, application/json'])
  })

  it('are requested uncompressed', async () => {
    const encodings: unknown[] = []
    idp.provider.answer((request, response) => {
      encodings.push(request.headers['accept-encoding'])
      response.end(JSON.stringify({ keys: [idp.first.jwk] }))
    })
    await found(idp.remoteKeys(), 'first')
    expect(encodings).toEqual(['identity'])
  })

  it.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
    ['gzip, gzip, gzip', (text: string) => gzipSync(gzipSync(gzipSync(text)))],
    ['identity', (text: string) => text],
  ])('are read even if they arrive as %s', async (encoding, encode) => {
    idp.provider.answer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding }).end(encode(JSON.stringify({ keys: [idp.first.jwk] })))
    })
    expect([await found(idp.remoteKeys(), 'first'), idp.news]).toEqual([1, ['loaded 1']])
  })

  it('are limited by their decompressed size', async () => {
    idp.provider.answer((_request, response) => {
      const bomb = gzipSync(JSON.stringify({ keys: [idp.first.jwk], padding: ' '.repeat(100_000) }))
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb)
    })
    await found(idp.remoteKeys({ maxBytes: 50_000 }), 'first')
    expect(idp.news).toEqual(['failed too_large'])
  })

  it.each([
    ['an unsupported encoding', 'compress', (text: string) => text],
    ['an unsupported encoding beside a supported one', 'compress, gzip', gzipSync],
    ['an encoding that it is not in', 'gzip', (text: string) => text],
    [
      'more encodings than supported',
      'gzip, gzip, gzip, gzip',
      (text: string) => gzipSync(gzipSync(gzipSync(gzipSync(text)))),
    ],
  ])('cannot be read in %s', async (_what, encoding, encode) => {
    idp.provider.answer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding }).end(encode(JSON.stringify({ keys: [idp.first.jwk] })))
    })
    await found(idp.remoteKeys(), 'first')
    expect(idp.news).toEqual(['failed malformed'])
  })

  it('may begin with a byte order mark', async () => {
    idp.provider.answer((_request, response) => response.end(`\uFEFF${JSON.stringify({ keys: [idp.first.jwk] })}`))
    expect([await found(idp.remoteKeys(), 'first'), idp.news]).toEqual([1, ['loaded 1']])
  })

  it('may be exactly as long as the limit', async () => {
    const { length } = JSON.stringify({ keys: [idp.first.jwk] })
    expect(await found(idp.remoteKeys({ maxBytes: length }), 'first')).toBe(1)
    expect(await found(idp.remoteKeys({ maxBytes: length - 1 }), 'first')).toBe('wait 5')
  })

  it('are refetched immediately when a token names a new one', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    idp.provider.serve([idp.first.jwk, idp.second.jwk])
    expect(await found(keys, 'second')).toBe(1)
    expect(idp.provider.requests).toBe(2)
  })

  it('are refetched three times and then once in ten seconds, however many unknown ones tokens name', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    for (let n = 0; n < 50; n++) expect(await found(keys, `unknown-${n}`)).toBe(0)
    expect(idp.provider.requests).toBe(1 + 3)
    await idp.clock.advance(9_999)
    await found(keys, 'unknown')
    expect(idp.provider.requests).toBe(1 + 3)
    await idp.clock.advance(1)
    for (let n = 0; n < 50; n++) await found(keys, `unknown-${n}`)
    expect(idp.provider.requests).toBe(1 + 4)
    for (let elapsedS = 10; elapsedS < 60; elapsedS += 1) {
      await idp.clock.advance(1000)
      await found(keys, 'unknown')
    }
    expect(idp.provider.requests).toBe(1 + 9)
  })

  it('are refetched when they are rotated right after a token named an unknown one', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    expect(await found(keys, 'unknown')).toBe(0)
    idp.provider.serve([idp.second.jwk])
    expect(await found(keys, 'second')).toBe(1)
  })

  it('are renewed in the background once they are ten minutes old, and a withdrawn one is removed', async () => {
    const keys = idp.remoteKeys()
    await idp.clock.advance(700_000)
    await found(keys, 'first')
    await idp.clock.advance(600_000)
    idp.provider.serve([idp.second.jwk])
    expect(await found(keys, 'first')).toBe(1)
    expect(await found(keys, 'second')).toBe(1)
    expect(await found(keys, 'first')).toBe(0)
  })

  it('are not reported again when they return unchanged', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    await idp.clock.advance(1_200_000)
    await found(keys, 'first')
    expect([idp.provider.requests, idp.news]).toEqual([2, ['loaded 1']])
  })

  it('have a version that increases when they change, and only then', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    const version = keys.version()
    await found(keys, 'unknown')
    expect([idp.provider.requests, keys.version()]).toEqual([2, version])
    idp.provider.serve([idp.second.jwk])
    await found(keys, 'second')
    expect(keys.version()).toBeGreaterThan(version)
  })

  it('are reported as loaded when they are available again, changed or not', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    await idp.clock.advance(1_200_000)
    await found(keys, 'first')
    idp.provider.serve([idp.first.jwk])
    await idp.clock.advance(30_000)
    await found(keys, 'unknown')
    expect(idp.news).toEqual(['loaded 1', 'failed bad_status', 'loaded 1'])
  })

  it('are renewed before a request after a long time without requests', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    await idp.clock.advance(1_200_000)
    idp.provider.serve([idp.second.jwk])
    expect(await found(keys, 'first')).toBe(0)
  })

  it('stay in use while the provider is unavailable, which is reported once and retried once per cooldown', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    await idp.provider.close()
    for (let minute = 0; minute < 30; minute++) {
      await idp.clock.advance(60_000)
      expect(await found(keys, 'first')).toBe(1)
    }
    expect(idp.news).toEqual(['loaded 1', 'failed unreachable'])
  })

  it('are used for a day without the provider and no longer, and again once it is back', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    await idp.clock.advance(86_399_999)
    expect(await found(keys, 'first')).toBe(1)
    expect(keys.status()).toEqual({ state: 'usable', count: 1, ageMs: 86_399_999, failure: 'bad_status' })
    await idp.clock.advance(1)
    expect(await found(keys, 'first')).toMatch(/^wait /)
    expect(keys.status()).toEqual({ state: 'expired', count: 0, ageMs: 86_400_000, failure: 'bad_status' })
    idp.provider.serve([idp.first.jwk])
    await idp.clock.advance(30_000)
    expect(await found(keys, 'first')).toBe(1)
    expect(keys.status()).toEqual({ state: 'usable', count: 1, ageMs: 0, failure: null })
  })

  it('are renewed in time if they may be used for less than ten minutes', async () => {
    const keys = idp.remoteKeys({ maxStaleMs: 2000 })
    await found(keys, 'first')
    await idp.clock.advance(1000)
    await found(keys, 'first')
    await keys.idle()
    expect(idp.provider.requests).toBe(2)
    await idp.clock.advance(1999)
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    await idp.clock.advance(1)
    expect(await found(keys, 'first')).toMatch(/^wait /)
  })

  it('are requested once per cooldown while the provider fails and keys are available', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    await idp.clock.advance(1_300_000)
    for (let n = 0; n < 20; n++) await found(keys, n % 2 === 0 ? 'first' : 'unknown')
    expect(idp.provider.requests).toBe(2)
    await idp.clock.advance(30_000)
    await found(keys, 'unknown')
    expect(idp.provider.requests).toBe(3)
  })

  it('are unavailable for an unknown key id while the provider fails', async () => {
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    expect(await found(keys, 'second')).toBe('wait 30')
    idp.provider.serve([idp.first.jwk, idp.second.jwk])
    await idp.clock.advance(30_000)
    expect(await found(keys, 'second')).toBe(1)
    expect(idp.news).toEqual(['loaded 1', 'failed bad_status', 'loaded 2'])
  })
})

it('keys that are too old when they arrive are not used', async () => {
  const loader = {
    maxAgeMs: 600_000,
    cooldownMs: 30_000,
    async load() {
      await idp.clock.advance(1000)
      return { text: JSON.stringify({ keys: [idp.first.jwk] }) }
    },
    close() {},
  }
  const keys = createKeyStore({
    loader,
    maxStaleMs: 1000,
    events: { keysLoaded() {}, keysFailed() {} },
    clock: idp.clock,
  })
  expect(await found(keys, 'first')).toBe('wait 5')
  expect(keys.status()).toEqual({ state: 'expired', count: 0, ageMs: 1000, failure: null })
})
