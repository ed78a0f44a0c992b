import { fixedSecret } from '../../src/secret.js'
import { createFinAuthClient, type FinAuthClientOptions } from '../../src/finauth/client.js'
import { type ConnectProxyOptions, startConnectProxy } from '../support/proxies.js'
import { json, type Reply, startScriptedUpstream } from '../support/upstream.js'
import { createCertificate } from '../support/certificates.js'
import { waitFor } from '../support/wait-for.js'
import {
  closeAll,
  closeLater,
  connect,
  example,
  failureOf,
  pairOf,
  recordEvents,
  vendorExample,
} from './finauth-fixtures.js'

const certificate = createCertificate('finauth.test')
const proxyCertificate = createCertificate('localhost')

afterEach(closeAll)

describe('HTTPS_PROXY', () => {
  it('tunnels the call to the target host, with TLS end to end', async () => {
    const { client, proxy, upstream } = await connectThroughProxy()
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
    expect(proxy.tunnels).toEqual([{ authority: 'finauth.test:443', authorization: undefined }])
    expect([proxy.plainRequests.length, upstream.calls[0]?.headers.host]).toEqual([0, 'finauth.test'])
  })

  it('reuses the tunnel for the next call', async () => {
    const { client, proxy, upstream } = await connectThroughProxy()
    await client.listGroups()
    await client.listGroups()
    expect([proxy.tunnels.length, upstream.calls.length]).toEqual([1, 2])
  })

  it('sends its credentials to the proxy, decoded, and not to the upstream', async () => {
    const { client, proxy, upstream } = await connectThroughProxy({ userinfo: 'user:p%40ss@' })
    await client.listGroups()
    expect(proxy.tunnels[0]?.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    expect(upstream.calls[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('reports a refusal of the proxy as upstream_unavailable', async () => {
    const { client, proxy } = await connectThroughProxy({ answer: 407, userinfo: 'user:hush@' })
    const failure = await failureOf(client.listGroups())
    expect(failure.code).toBe('upstream_unavailable')
    expect(failure.message).toBe('FinAuth cannot be reached (PROXY_STATUS_407)')
    expect(proxy.tunnels).toHaveLength(3)
  })

  it('disconnects a proxy that never answers', async () => {
    const { client, proxy } = await connectThroughProxy({ answer: 'hang', timeoutMs: 500, maxAttempts: 1 })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_timeout' })
    await waitFor(() => proxy.connections.size === 0 || null)
  })

  it('supports a user name without a password', async () => {
    const { client, proxy } = await connectThroughProxy({ userinfo: 'token@' })
    await client.listGroups()
    expect(proxy.tunnels[0]?.authorization).toBe(`Basic ${Buffer.from('token:').toString('base64')}`)
  })

  it('does not treat the refusal of a proxy as an answer of the vendor', async () => {
    const { client, events } = await connectThroughProxy({ answer: 403, maxAttempts: 1 })
    expect((await failureOf(client.listGroups())).message).toBe('FinAuth cannot be reached (PROXY_STATUS_403)')
    expect(events.heard).toEqual([['attemptEnded', expect.objectContaining({ outcome: 'unavailable' })]])
  })

  it('reports a proxy that closes the connection as upstream_unavailable', async () => {
    const { client, proxy } = await connectThroughProxy({ answer: 'close' })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_unavailable', retryable: true })
    expect(proxy.tunnels).toHaveLength(3)
  })

  it('is read again for every new connection', async () => {
    let userinfo = 'user:old'
    const closing = json(200, vendorExample, { connection: 'close' })
    const { client, proxy } = await connectThroughProxy({
      reply: closing,
      proxyUrl: (port) => `http://${userinfo}@127.0.0.1:${port}`,
    })
    await client.listGroups()
    userinfo = 'user:new'
    await client.listGroups()
    expect(proxy.tunnels.map(({ authorization }) => authorization)).toEqual(
      ['user:old', 'user:new'].map((pair) => `Basic ${Buffer.from(pair).toString('base64')}`),
    )
  })

  it.each([
    ['an HTTP', undefined],
    ['an HTTPS', proxyCertificate],
  ])('of %s proxy that never answers is disconnected by close', async (_, tls) => {
    const { client, proxy } = await connectThroughProxy({ answer: 'hang', timeoutMs: 50_000, deadlineMs: 50_000, tls })
    const failure = failureOf(client.listGroups())
    await waitFor(() => proxy.tunnels.length === 1 || null)
    client.close()
    expect((await failure).message).toBe('the FinAuth client is closed')
    await waitFor(() => proxy.connections.size === 0 || null)
  })

  it('does not apply if NO_PROXY includes the target', async () => {
    const { client, proxy } = await connectThroughProxy({ noProxy: '.test', maxAttempts: 1 })
    await failureOf(client.listGroups())
    expect(proxy.tunnels).toHaveLength(0)
  })

  it('does not apply to plain HTTP', async () => {
    const { client, upstream } = await connect([example], {
      proxy: { httpsProxy: fixedSecret('http://127.0.0.1:9'), noProxy: null },
    })
    await client.listGroups()
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('an HTTPS proxy', () => {
  it('is connected by TLS, with TLS to the target inside', async () => {
    const { client, proxy, upstream } = await connectThroughProxy({ tls: proxyCertificate, userinfo: 'user:pass@' })
    await client.listGroups()
    await client.listGroups()
    expect(proxy.tunnels).toEqual([{ authority: 'finauth.test:443', authorization: expect.stringMatching(/^Basic /) }])
    expect(upstream.calls).toHaveLength(2)
  })

  it('is upstream_unavailable if it refuses', async () => {
    const { client } = await connectThroughProxy({ tls: proxyCertificate, answer: 407, maxAttempts: 1 })
    expect((await failureOf(client.listGroups())).message).toBe('FinAuth cannot be reached (PROXY_STATUS_407)')
  })

  it('is disconnected if it never answers', async () => {
    const hanging = { tls: proxyCertificate, answer: 'hang', timeoutMs: 500, maxAttempts: 1 } as const
    const { client, proxy } = await connectThroughProxy(hanging)
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_timeout' })
    await waitFor(() => proxy.connections.size === 0 || null)
  })

  it('gets no CONNECT if its certificate is not trusted', async () => {
    const { client, proxy } = await connectThroughProxy({ tls: proxyCertificate, ca: certificate.cert })
    const failure = await failureOf(client.listGroups())
    expect(failure).toMatchObject({ code: 'upstream_unavailable', retryable: false })
    expect(failure.message).toMatch(/^the certificate .* is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
    expect(proxy.tunnels).toEqual([])
  })

  it('is upstream_unavailable if nothing listens on its port', async () => {
    const { client, proxy } = await connectThroughProxy({ tls: proxyCertificate, maxAttempts: 1 })
    await proxy.close()
    expect((await failureOf(client.listGroups())).message).toBe('FinAuth cannot be reached (ECONNREFUSED)')
  })
})

describe('an untrusted certificate', () => {
  it.each([
    ['of an unknown issuer', { ca: undefined }],
    ['for another name', { baseUrl: 'https://other.test' }],
  ])('%s is not retried', async (_, options) => {
    const { client, proxy, upstream, events } = await connectThroughProxy(options)
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_unavailable', retryable: false })
    expect([proxy.tunnels.length, upstream.calls.length]).toEqual([1, 0])
    expect(events.heard).toEqual([['attemptEnded', expect.objectContaining({ outcome: 'unavailable' })]])
  })

  it('fails a direct call as well', async () => {
    const upstream = await startScriptedUpstream([example], certificate)
    closeLater(upstream)
    const { client } = await connect([example], { baseUrl: upstream.url })
    const failure = await failureOf(client.listGroups())
    expect(failure).toMatchObject({ code: 'upstream_unavailable', retryable: false })
    expect(failure.message).toMatch(/certificate .* not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
  })
})

it('a direct call trusts the configured CA and reuses its connection', async () => {
  const upstream = await startScriptedUpstream([example], proxyCertificate)
  closeLater(upstream)
  const baseUrl = `https://localhost:${upstream.port}`
  const { client } = await connect([example], { baseUrl, ca: proxyCertificate.cert })
  await client.listGroups()
  await client.listGroups()
  expect([upstream.calls.length, upstream.connections.size]).toEqual([2, 1])
})

interface ThroughProxy extends Partial<FinAuthClientOptions> {
  readonly answer?: ConnectProxyOptions['answer']
  readonly tls?: ConnectProxyOptions['tls']
  readonly reply?: Reply
  readonly userinfo?: string
  readonly proxyUrl?: (port: number) => string
  readonly noProxy?: string | null
}

async function connectThroughProxy({
  answer = 200,
  tls,
  reply = example,
  userinfo = '',
  // Both certificates are for host names.
  proxyUrl = (port) => (tls ? `https://${userinfo}localhost:${port}` : `http://${userinfo}127.0.0.1:${port}`),
  noProxy = null,
  ...options
}: ThroughProxy = {}) {
  const upstream = await startScriptedUpstream([reply], certificate)
  const proxy = await startConnectProxy({ upstreamPort: upstream.port, answer, ...(tls && { tls }) })
  const events = recordEvents()
  const client = createFinAuthClient({
    baseUrl: 'https://finauth.test',
    credentials: [pairOf('primary')],
    backoffBaseMs: 2,
    proxy: { httpsProxy: { reveal: () => proxyUrl(proxy.port) }, noProxy },
    ca: certificate.cert + proxyCertificate.cert,
    events,
    ...options,
  })
  for (const thing of [client, proxy, upstream]) closeLater(thing)
  return { client, proxy, upstream, events }
}
