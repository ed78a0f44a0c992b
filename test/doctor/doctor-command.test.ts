import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoAccount } from '../../simulator/finauth-simulator.js'
import { type BuiltService, buildService, useBuiltProcesses } from '../support/built-service.js'
import { freePort } from '../support/redis-server.js'
import { createCertificate } from '../support/certificates.js'
import { useSimulator } from '../support/upstream.js'

describe('npm run doctor', () => {
  const run = useBuiltProcesses()
  const certificate = createCertificate('localhost', { days: 90 })
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-doctor-'))
  const simulator = useSimulator({ tls: certificate })
  let built: BuiltService
  beforeAll(async () => {
    writeFileSync(join(directory, 'ca.pem'), certificate.cert)
    built = await buildService()
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const doctor = (args: readonly string[], environment: Record<string, string> = {}) =>
    run(built.entryPoint('doctor/main.js'), args, {
      FINAUTH_BASE_URL: `https://localhost:${simulator().port}`,
      FINAUTH_API_KEY: demoAccount.apiKey,
      FINAUTH_API_SECRET: demoAccount.apiSecret,
      AUTH_MODE: 'gateway',
      GATEWAY_SECRET: 'hush-hush',
      ...environment,
    })

  it('prints one line per check and exits with 1 on a FAIL', async () => {
    const checked = doctor([])
    expect(await checked.exitCode).toBe(1)
    const [, ...lines] = checked.output().trimEnd().split('\n')
    expect(lines.slice(0, -2).every((line) => /^(ok  |warn|FAIL)  \w.*/.test(line))).toBe(true)
    expect(checked.output()).toMatch(/^FAIL  FinAuth TLS .*SELF_SIGNED_CERT.* → /m)
    expect(lines.at(-1)).toMatch(/^Not fit to run: /)
  })

  it('prints JSON and exits with 0 if there are only warnings', async () => {
    const checked = doctor(['--json'], { NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') })
    expect(await checked.exitCode).toBe(0)
    const report = JSON.parse(checked.output()) as { status: string; checks: { name: string; status: string }[] }
    expect(report.status).toBe('warn')
    expect(report.checks).toContainEqual({
      name: 'FinAuth primary credentials',
      status: 'ok',
      detail: expect.stringMatching(/ms; 3 groups$/),
    })
  })

  it('never prints a secret, whatever fails', async () => {
    const port = await freePort()
    const secrets = {
      FINAUTH_API_KEY: 'key-unheard-of',
      FINAUTH_API_SECRET: 'secret-unheard-of',
      FINAUTH_STANDBY_API_KEY: 'other-key-unheard-of',
      FINAUTH_STANDBY_API_SECRET: 'other-secret-unheard-of',
      REDIS_URL: `redis://app:password-unheard-of@127.0.0.1:${port}`,
      CACHE_ENCRYPTION_KEY: 'seal-unheard-of',
      GATEWAY_SECRET: 'gateway-unheard-of',
      HTTPS_PROXY: `http://app:proxy-unheard-of@127.0.0.1:${port}`,
    }
    const runs = ['https://finauth.test', simulator().url, 'not a url'].map((FINAUTH_BASE_URL) =>
      doctor([], { ...secrets, FINAUTH_BASE_URL }),
    )
    for (const checked of runs) {
      expect(await checked.exitCode).toBe(1)
      expect(checked.output() + checked.errors()).not.toMatch(/unheard-of/)
    }
  })

  it('exits with 1 and every fault if the configuration is invalid', async () => {
    const checked = doctor([], { CACHE_TTL_SECONDS: 'soon', GATEWAY_SECRET: '', FINAUTH_API_KEY: '' })
    expect(await checked.exitCode).toBe(1)
    for (const name of ['CACHE_TTL_SECONDS', 'GATEWAY_SECRET', 'FINAUTH_API_KEY'])
      expect(checked.output()).toMatch(new RegExp(`^FAIL  configuration +.*${name}`, 'm'))
  })

  it('prints its help, and rejects an unknown flag', async () => {
    const explained = doctor(['--help'])
    expect(await explained.exitCode).toBe(0)
    expect(explained.output()).toContain('--json')
    const refused = doctor(['--jsn'])
    expect(await refused.exitCode).toBe(64)
    expect(refused.errors()).toContain('--jsn')
    expect(simulator().calls().total).toBe(0)
  })
})
