import { fixedSecret } from '../../src/secret.js'
import { createFinAuthClient, type FinAuthClientOptions } from '../../src/finauth/client.js'
import { type ConnectProxyOptions, startConnectProxy } from '../support/proxies.js'
import { startScriptedUpstream } from '../support/upstream.js'
import { createCertificate } from '../support/certificates.js'
import { waitFor } from '../support/wait-for.js'
import { closeAll, closeLater, connect, example, failureOf, pairOf, recordEvents } from './finauth-fixtures.js'

const certificate = createCertificate('finauth.test')

afterEach(closeAll)

describe('HTTPS_PROXY', () => {
  it('tunnels the call to the name asked for, with TLS end to end', async () => {
    const { client, proxy, upstream } = await connectThroughProxy()
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
    expect(proxy.tunnels).toEqual([{ authority: 'finauth.test:443', authorization: undefined }])
    expect([proxy.plainRequests.length, upstream.calls[0]?.headers.host]).toEqual([0, 'finauth.test'])
  })

  it('keeps the tunnel for the next call', async () => {
    const { client, proxy, upstream } = await connectThroughProxy()
    await client.listGroups()
    await client.listGroups()
    expect([proxy.tunnels.length, upstream.calls.length]).toEqual([1, 2])
  })

  it('gives the proxy its credentials, decoded, and the upstream none', async () => {
    const { client, proxy, upstream } = await connectThroughProxy({ userinfo: 'user:p%40ss@' })
    await client.listGroups()
    expect(proxy.tunnels[0]?.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    expect(upstream.calls[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('makes a proxy that refuses upstream_unavailable', async () => {
    const { client, proxy } = await connectThroughProxy({ answer: 407, userinfo: 'user:hush@' })
    const failure = await failureOf(client.listGroups())
    expect(failure.code).toBe('upstream_unavailable')
    expect(failure.message).toBe('FinAuth cannot be reached (PROXY_STATUS_407)')
    expect(proxy.tunnels).toHaveLength(3)
  })

  it('lets go of a proxy that never answers', async () => {
    const { client, proxy } = await connectThroughProxy({ answer: 'hang', timeoutMs: 500, maxAttempts: 1 })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_timeout' })
    await waitFor(() => proxy.connections.size === 0 || null)
  })

  it('does not apply where NO_PROXY names the target', async () => {
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

describe('a certificate that cannot be trusted', () => {
  it.each([
    ['of an unknown issuer', { ca: undefined }],
    ['for another name', { baseUrl: 'https://other.test' }],
  ])('%s is not tried again', async (_, options) => {
    const { client, proxy, upstream, events } = await connectThroughProxy(options)
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_unavailable', retryable: false })
    expect([proxy.tunnels.length, upstream.calls.length]).toEqual([1, 0])
    expect(events.heard).toEqual([['attemptEnded', expect.objectContaining({ outcome: 'unavailable' })]])
  })

  it('ends a direct call as well', async () => {
    const upstream = await startScriptedUpstream([example], certificate)
    closeLater(upstream)
    const { client } = await connect([example], { baseUrl: upstream.url })
    const failure = await failureOf(client.listGroups())
    expect(failure).toMatchObject({ code: 'upstream_unavailable', retryable: false })
    expect(failure.message).toMatch(/certificate .* not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
  })
})

interface ThroughProxy extends Partial<FinAuthClientOptions> {
  readonly answer?: ConnectProxyOptions['answer']
  readonly userinfo?: string
  readonly noProxy?: string | null
}

async function connectThroughProxy({ answer = 200, userinfo = '', noProxy = null, ...options }: ThroughProxy = {}) {
  const upstream = await startScriptedUpstream([example], certificate)
  const proxy = await startConnectProxy({ upstreamPort: upstream.port, answer })
  const events = recordEvents()
  const client = createFinAuthClient({
    baseUrl: 'https://finauth.test',
    credentials: [pairOf('primary')],
    backoffBaseMs: 2,
    proxy: { httpsProxy: fixedSecret(`http://${userinfo}127.0.0.1:${proxy.port}`), noProxy },
    ca: certificate.cert,
    events,
    ...options,
  })
  for (const thing of [client, proxy, upstream]) closeLater(thing)
  return { client, proxy, upstream, events }
}
