import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeyStore, type KeyStore } from '../../../src/http/authentication/key-store.js'
import { createKeyLoader } from '../../../src/http/authentication/load-keys.js'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.js'
import { createTestKey, type TestKey, testIssuer } from '../../support/identity-provider.js'
import { type JwtServer, startJwtServer } from './jwt-server.js'

let first: TestKey
let second: TestKey
let folder: string
let path: string
let news: string[]
let server: JwtServer
let clock: FakeClock
let keys: KeyStore

beforeAll(async () => {
  first = await createTestKey({ kid: 'first' })
  second = await createTestKey({ kid: 'second' })
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-keys-'))
  path = join(folder, 'jwks.json')
  news = []
  const events = {
    keysLoaded: (count: number) => void news.push(`loaded ${count}`),
    keysFailed: (reason: string) => void news.push(`failed ${reason}`),
  }
  clock = createFakeClock({ wallMs: Date.now() })
  keys = createKeyStore({ loader: createKeyLoader({ issuer: testIssuer, jwks: { file: path } }), events, clock })
  server = await startJwtServer({ keys })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const keySet = (...keys: TestKey[]) => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
const statusFor = async (key: TestKey) =>
  (await server.withToken(await key.mint({ jti: String(Math.random()) }))).status

describe('the keys of a file', () => {
  it('take effect when the file is rewritten, without a restart', async () => {
    await writeFile(path, keySet(first))
    expect([await statusFor(first), await statusFor(second)]).toEqual([200, 401])
    await writeFile(path, keySet(second))
    expect([await statusFor(first), await statusFor(second)]).toEqual([401, 200])
    expect(news).toEqual(['loaded 1', 'loaded 1'])
  })

  it('may begin with a byte order mark', async () => {
    await writeFile(path, `\uFEFF${keySet(first)}`)
    expect(await statusFor(first)).toBe(200)
  })

  it('take effect when a symbolic link is changed to another file', async () => {
    await writeFile(join(folder, 'old'), keySet(first))
    await writeFile(join(folder, 'new'), keySet(second))
    await symlink('old', path)
    expect(await statusFor(first)).toBe(200)
    await symlink('new', `${path}.next`)
    await rename(`${path}.next`, path)
    expect([await statusFor(first), await statusFor(second)]).toEqual([401, 200])
  })

  it('stay in use when the file becomes invalid or disappears, which is reported once', async () => {
    await writeFile(path, keySet(first))
    await statusFor(first)
    await writeFile(path, '{"keys":[')
    expect([await statusFor(first), await statusFor(first)]).toEqual([200, 200])
    await rm(path)
    expect([await statusFor(first), await statusFor(first)]).toEqual([200, 200])
    expect(news).toEqual(['loaded 1', 'failed malformed', 'failed unreadable'])
  })

  it('are withdrawn by a file without keys', async () => {
    await writeFile(path, keySet(first))
    expect(await statusFor(first)).toBe(200)
    await writeFile(path, '{"keys":[]}')
    expect(await statusFor(first)).toBe(401)
    expect(news).toEqual(['loaded 1', 'failed no_usable_key'])
  })

  it('are used for a day after the file was last valid, and no longer', async () => {
    await writeFile(path, keySet(first))
    expect(await statusFor(first)).toBe(200)
    await clock.advance(86_400_000)
    expect(await statusFor(first)).toBe(200)
    await rm(path)
    await clock.advance(86_399_999)
    expect(await statusFor(first)).toBe(200)
    await clock.advance(1)
    expect(await statusFor(first)).toBe(503)
  })

  it('are loaded before the first token', async () => {
    await writeFile(path, keySet(first))
    keys.start()
    await keys.idle()
    expect(keys.status()).toMatchObject({ state: 'usable', count: 1 })
    keys.close()
  })

  it('are reloaded each second without a token', async () => {
    await writeFile(path, keySet(first))
    keys.start()
    await keys.idle()
    await writeFile(path, keySet(first, second))
    await clock.advance(999)
    expect(keys.status().count).toBe(1)
    await clock.advance(1)
    await keys.idle()
    expect(keys.status()).toEqual({ state: 'usable', count: 2, ageMs: 0, failure: null })
    keys.close()
  })

  it('are unavailable for a token with an unknown key while the file is unreadable', async () => {
    await writeFile(path, keySet(first))
    expect([await statusFor(first), await statusFor(second)]).toEqual([200, 401])
    await rm(path)
    expect([await statusFor(first), await statusFor(second)]).toEqual([200, 503])
  })

  it('are answered 503 if there never was a valid file', async () => {
    const { status, body } = await server.withToken(await first.mint())
    expect([status, body.code, body.retryAfterSeconds]).toEqual([503, 'identity_provider_unavailable', 5])
    await writeFile(path, keySet(first))
    expect(await statusFor(first)).toBe(200)
  })
})
