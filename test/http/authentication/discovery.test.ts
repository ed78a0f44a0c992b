import { createKeyStore, type KeyStore } from '../../../src/http/authentication/key-store.js'
import { createKeyLoader, fetchMetadata } from '../../../src/http/authentication/load-keys.js'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.js'
import { createTestKey, type JwksServer, startJwksServer, type TestKey } from '../../support/identity-provider.js'
import { startConnectProxy } from '../../support/proxies.js'
import { startService } from '../../support/service.js'

let first: TestKey
let second: TestKey
let provider: JwksServer
let clock: FakeClock
let events: string[]
/** What the provider answers by path; anything else is 404. */
let documents: Map<string, object | string>
let asked: string[]

const oidcPath = '/.well-known/openid-configuration'
const oauthPath = '/.well-known/oauth-authorization-server'

beforeAll(async () => {
  first = await createTestKey({ kid: 'first' })
  second = await createTestKey({ kid: 'second' })
})
beforeEach(async () => {
  provider = await startJwksServer()
  clock = createFakeClock({ wallMs: Date.now() })
  events = []
  asked = []
  documents = new Map<string, object | string>([
    [oidcPath, { issuer: origin(), jwks_uri: `${origin()}/keys` }],
    ['/keys', { keys: [first.jwk] }],
  ])
  provider.answer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const document = documents.get(path)
    if (document === undefined) return response.writeHead(404).end()
    return response.end(typeof document === 'string' ? document : JSON.stringify(document))
  })
})
afterEach(() => provider.close())

const origin = () => provider.url.origin

function discoveredKeys(options: { issuer?: string; maxBytes?: number; timeoutMs?: number } = {}): KeyStore {
  return createKeyStore({
    loader: createKeyLoader({ issuer: origin(), jwks: null, ...options }),
    clock,
    events: {
      keysLoaded: (count) => events.push(`loaded ${count}`),
      keysFailed: (reason) => events.push(`failed ${reason}`),
    },
  })
}

async function load(keys: KeyStore, kid = 'first'): Promise<number> {
  return (await keys.candidates({ alg: 'ES256', kid }).catch(() => [])).length
}

describe('keys discovered from the issuer', () => {
  it('come from the jwks_uri of its OpenID configuration, which is fetched once', async () => {
    const keys = discoveredKeys()
    expect(await load(keys)).toBe(1)
    expect(await load(keys, 'unknown')).toBe(0)
    expect(asked).toEqual([oidcPath, '/keys', '/keys'])
    expect(events).toEqual(['loaded 1'])
  })

  it('come from its OAuth metadata if there is no OpenID configuration', async () => {
    documents.set(oauthPath, documents.get(oidcPath)!)
    documents.delete(oidcPath)
    expect(await load(discoveredKeys())).toBe(1)
    expect(asked).toEqual([oidcPath, oauthPath, '/keys'])
  })

  it('come from its OAuth metadata if its OpenID configuration is unreadable', async () => {
    const metadata = JSON.stringify(documents.get(oidcPath))
    provider.answer(({ url }, response) => {
      if (url === oidcPath) response.setHeader('Content-Encoding', 'compress')
      response.end(url === '/keys' ? JSON.stringify(documents.get('/keys')) : metadata)
    })
    expect(await load(discoveredKeys())).toBe(1)
  })

  it.each([
    ['https://a.example', ['https://a.example/.well-known/openid-configuration', `https://a.example${oauthPath}`]],
    ['https://a.example/', ['https://a.example/.well-known/openid-configuration', `https://a.example${oauthPath}`]],
    ['https://a.example/t/1', [`https://a.example/t/1${oidcPath}`, `https://a.example${oauthPath}/t/1`]],
    ['https://a.example/t/', [`https://a.example/t${oidcPath}`, `https://a.example${oauthPath}/t`]],
  ])('of the issuer %s are looked up at %j', async (issuer, urls) => {
    const fetcher = {
      async fetch({ href }: URL) {
        asked.push(href)
        return { failure: 'bad_status' } as const
      },
    }
    expect(await fetchMetadata(fetcher, issuer, AbortSignal.timeout(60_000))).toEqual({ failure: 'no_metadata' })
    expect(asked).toEqual(urls)
  })

  it('come from an issuer with a path', async () => {
    const issuer = `${origin()}/realms/one`
    documents.set('/realms/one/.well-known/openid-configuration', { issuer, jwks_uri: `${origin()}/keys` })
    expect(await load(discoveredKeys({ issuer }))).toBe(1)
  })

  it.each<[string, string, () => void]>([
    ['issuer_mismatch', 'names the issuer with an extra slash', () => changeMetadata({ issuer: `${origin()}/` })],
    ['issuer_mismatch', 'has no issuer', () => changeMetadata({ issuer: undefined })],
    ['no_jwks_uri', 'has no jwks_uri', () => changeMetadata({ jwks_uri: undefined })],
    ['no_jwks_uri', 'has a relative jwks_uri', () => changeMetadata({ jwks_uri: '/keys' })],
    ['insecure_jwks_uri', 'has a plain http jwks_uri', () => changeMetadata({ jwks_uri: 'http://a.example/keys' })],
    [
      'unreachable',
      'has an https jwks_uri without TLS',
      () => changeMetadata({ jwks_uri: `https://${provider.url.host}/` }),
    ],
    ['no_jwks_uri', 'has a list as jwks_uri', () => changeMetadata({ jwks_uri: [`${origin()}/keys`] })],
    ['insecure_jwks_uri', 'has an ftp URL', () => changeMetadata({ jwks_uri: `ftp://${provider.url.host}/keys` })],
    ['insecure_jwks_uri', 'has a file URL as jwks_uri', () => changeMetadata({ jwks_uri: 'file:///etc/passwd' })],
    ['no_metadata', 'does not exist', () => documents.delete(oidcPath)],
    ['no_metadata', 'is HTML', () => documents.set(oidcPath, '<html>')],
    ['no_metadata', 'is a list', () => documents.set(oidcPath, [])],
    ['too_large', 'is too long', () => documents.set(oidcPath, ' '.repeat(2001))],
    ['bad_status', 'has a jwks_uri that does not exist', () => documents.delete('/keys')],
    ['malformed', 'has a jwks_uri that is not a key set', () => documents.set('/keys', '<html>')],
  ])('fail as %s if the metadata %s', async (reason, _what, change) => {
    change()
    const keys = discoveredKeys({ maxBytes: 2000 })
    expect(await load(keys)).toBe(0)
    expect(events).toEqual([`failed ${reason}`])
    expect(keys.status()).toEqual({ state: 'none', count: 0, ageMs: null, failure: reason })
  })

  it('do not follow a redirect of the metadata', async () => {
    provider.answer((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(302, { Location: '/elsewhere' }).end()
    })
    expect(await load(discoveredKeys())).toBe(0)
    expect([asked, events]).toEqual([[oidcPath, oauthPath], ['failed no_metadata']])
  })

  it('fail as timeout if metadata and keys together take too long', async () => {
    provider.answer((request, response) => {
      if (request.url === oidcPath) response.end(JSON.stringify(documents.get(oidcPath)))
    })
    await load(discoveredKeys({ timeoutMs: 200 }))
    expect(events).toEqual(['failed timeout'])
  })

  it('fail as unreachable if nothing listens', async () => {
    await provider.close()
    await load(discoveredKeys())
    expect(events).toEqual(['failed unreachable'])
  })

  it('are rediscovered in the same attempt when they have moved', async () => {
    const keys = discoveredKeys()
    expect(await load(keys)).toBe(1)
    documents.delete('/keys')
    documents.set('/new-keys', { keys: [second.jwk] })
    changeMetadata({ jwks_uri: `${origin()}/new-keys` })
    expect(await load(keys, 'second')).toBe(1)
    expect(asked).toEqual([oidcPath, '/keys', '/keys', oidcPath, '/new-keys'])
    expect(events).toEqual(['loaded 1', 'loaded 1'])
  })

  it('are rediscovered when their URL no longer returns a key set', async () => {
    const keys = discoveredKeys()
    await load(keys)
    documents.set('/keys', '<html>')
    documents.set('/new-keys', { keys: [second.jwk] })
    changeMetadata({ jwks_uri: `${origin()}/new-keys` })
    expect(await load(keys, 'second')).toBe(1)
  })

  it('are fetched once in an attempt that finds their URL unchanged', async () => {
    const keys = discoveredKeys()
    await load(keys)
    documents.delete('/keys')
    asked = []
    await load(keys, 'unknown')
    expect(asked).toEqual(['/keys', oidcPath])
    expect(events).toEqual(['loaded 1', 'failed bad_status'])
  })

  it('are without metadata if their URL no longer returns a key set and the metadata is gone', async () => {
    const keys = discoveredKeys()
    await load(keys)
    documents.clear()
    documents.set('/keys', '<html>')
    await load(keys, 'unknown')
    expect(events).toEqual(['loaded 1', 'failed no_metadata'])
  })

  it('stay in use while neither they nor the metadata can be fetched', async () => {
    const keys = discoveredKeys()
    await load(keys)
    documents.clear()
    expect(await load(keys, 'unknown')).toBe(0)
    expect(await load(keys)).toBe(1)
    expect(keys.status()).toMatchObject({ state: 'usable', failure: 'bad_status' })
    expect(events).toEqual(['loaded 1', 'failed bad_status'])
  })
})

it('the issuer is reached through the egress proxy', async () => {
  const proxy = await startConnectProxy({ upstreamPort: 9, answer: 403 })
  const running = await startService({
    environment: {
      JWT_ISSUER: 'https://issuer.test/tenant',
      JWT_JWKS_URI: '',
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    },
  })
  expect(proxy.tunnels.map(({ authority }) => authority)).toEqual(['issuer.test:443'])
  expect(running.logs()).toContainEqual(expect.objectContaining({ msg: 'JWKS unavailable', reason: 'unreachable' }))
  await running.stop()
  await proxy.close()
})

function changeMetadata(change: object): void {
  documents.set(oidcPath, { ...(documents.get(oidcPath) as object), ...change })
}
