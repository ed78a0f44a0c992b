import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { checkTls } from '../../src/doctor/finauth.js'
import { freePort } from '../support/redis-server.js'
import { startConnectProxy } from '../support/proxies.js'
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/upstream.js'
import { type TestCertificate, createCertificate } from '../support/certificates.js'
import { configOf } from './doctor-fixtures.js'

const lasting = createCertificate('localhost', { days: 90 })
const running: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of running.splice(0)) await each.close()
})

describe('the TLS of FinAuth', () => {
  it('is ok if the certificate is trusted, has the right name and is not about to expire', async () => {
    const finding = await checked(lasting)
    expect(finding).toMatchObject({ status: 'ok', name: 'FinAuth TLS' })
    expect(finding.detail).toMatch(/^TLSv1\.3, certificate of localhost valid to \d{4}-\d\d-\d\d, 89 days left$/)
  })

  it('warns if fewer than 21 days are left', async () => {
    const finding = await checked(createCertificate('localhost', { days: 20 }))
    expect(finding).toMatchObject({ status: 'warn', detail: expect.stringContaining('19 days left') })
  })

  it.each([
    ['expired', createCertificate('localhost', { days: -1 }), 'CERT_HAS_EXPIRED', /renew/],
    ['of another host', createCertificate('elsewhere.test'), 'ERR_TLS_CERT_ALTNAME_INVALID', /for another host/],
  ])('fails if the certificate is %s, and shows its expiry', async (_what, certificate, reason, advice) => {
    const finding = await checked(certificate)
    expect(finding).toMatchObject({ status: 'FAIL', advice: expect.stringMatching(advice) })
    expect(finding.detail).toMatch(new RegExp(`^the certificate is not trusted \\(${reason}\\); valid to \\d{4}`))
  })

  it('fails if the certificate is signed by an unknown CA', async () => {
    const { port } = await upstreamWith(lasting)
    const finding = await checkTls(configFor(port), neverAborts)
    expect(finding).toMatchObject({ status: 'FAIL', advice: expect.stringContaining('NODE_EXTRA_CA_CERTS') })
    expect(finding.detail).toContain('SELF_SIGNED_CERT')
  })

  it('sends nothing over a connection that it only inspects', async () => {
    const upstream = await upstreamWith(createCertificate('elsewhere.test'))
    await checkTls(configFor(upstream.port), neverAborts)
    await Promise.all([...upstream.connections].map((socket) => once(socket, 'close')))
    expect(upstream.calls).toHaveLength(0)
  })

  it('uses the egress proxy', async () => {
    const { port } = await upstreamWith(createCertificate('finauth.test', { days: 90 }))
    const proxy = await startConnectProxy({ upstreamPort: port })
    running.push(proxy)
    const HTTPS_PROXY = `http://user:hush@127.0.0.1:${proxy.port}`
    const config = configOf({ FINAUTH_BASE_URL: 'https://finauth.test', HTTPS_PROXY })
    expect((await checkTls(config, neverAborts)).detail).toContain('SELF_SIGNED_CERT')
    expect(proxy.tunnels).toMatchObject([{ authority: 'finauth.test:443' }])
  })

  it('shows the status of a proxy that refuses, and not its password', async () => {
    const proxy = await startConnectProxy({ upstreamPort: 9, answer: 407 })
    running.push(proxy)
    const HTTPS_PROXY = `http://user:hush@127.0.0.1:${proxy.port}`
    const config = configOf({ FINAUTH_BASE_URL: 'https://finauth.test', HTTPS_PROXY })
    const finding = await checkTls(config, neverAborts)
    expect(finding).toMatchObject({ status: 'FAIL', advice: expect.stringContaining('HTTPS_PROXY') })
    expect(finding.detail).toContain('PROXY_STATUS_407')
    expect(JSON.stringify(finding)).not.toContain('hush')
  })

  it('fails if nothing listens', async () => {
    const port = await freePort()
    const finding = await checkTls(configFor(port), neverAborts)
    expect(finding).toMatchObject({ status: 'FAIL', detail: `no TLS connection to localhost:${port} (ECONNREFUSED)` })
  })

  it('disconnects from a host that never completes the handshake', async () => {
    const { port, connections } = await silentServer()
    const limit = new AbortController()
    const finding = checkTls(configFor(port), limit.signal)
    await connections.next()
    limit.abort()
    expect(await finding).toMatchObject({ status: 'FAIL' })
  })

  it('warns about plain http', async () => {
    const config = configOf({ FINAUTH_BASE_URL: 'http://127.0.0.1:9' })
    expect(await checkTls(config, neverAborts)).toMatchObject({ status: 'warn' })
  })
})

const neverAborts = new AbortController().signal

function configFor(port: number) {
  return configOf({ FINAUTH_BASE_URL: `https://localhost:${port}` })
}

async function upstreamWith(certificate: TestCertificate): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream([json(200, {})], certificate)
  running.push(upstream)
  return upstream
}

async function checked(certificate: TestCertificate) {
  const { port } = await upstreamWith(certificate)
  return checkTls(configFor(port), neverAborts, certificate.cert)
}

/** Accepts connections and sends nothing. */
async function silentServer() {
  const server: Server = createServer((socket) => socket.on('error', () => {}).resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push({ close: () => void server.close() })
  const connections = {
    next: async () => {
      if ((await countOf(server)) === 0) await once(server, 'connection')
    },
  }
  return { port: (server.address() as AddressInfo).port, connections }
}

function countOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}
