import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoAccount, type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { waitFor } from '../support/wait-for.js'
import { createFakeClock } from '../support/fake-clock.js'
import { type RedisServer, startRedisServer } from '../support/redis-server.js'
import { type RunningService, startService, type StartServiceOptions } from '../support/service.js'

const scope = 'face-groups:refresh'
const successor = { name: 'successor', apiKey: 'the-key-that-follows', apiSecret: 'the-secret-that-follows' }

let folder: string
const running: RunningService[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'face-groups-secrets-'))
})
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop()
  await rm(folder, { recursive: true })
})

async function start(options: StartServiceOptions): Promise<RunningService> {
  const service = await startService(options)
  running.push(service)
  return service
}

/** Writes the secrets as an orchestrator mounts them and returns the variables that name their files. */
async function mount(secrets: Record<string, string>): Promise<Record<string, string>> {
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(secrets)) {
    const path = join(folder, name)
    await writeFile(path, `${value}\n`)
    variables[name] = ''
    variables[`${name}_FILE`] = path
  }
  return variables
}

const refresh = async (service: RunningService) =>
  service.call('/api/face-groups/refresh', {
    method: 'POST',
    authorization: `Bearer ${await service.token({ scope })}`,
  })

const errorLines = (service: RunningService) =>
  service.logs().filter(({ level }) => level === 'error' || level === 'fatal')

describe('the credentials of the vendor', () => {
  const clock = createFakeClock({ wallMs: Date.now() })

  async function inUse({ adminUrl }: RunningService): Promise<string[]> {
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
    return [...metrics.matchAll(/^finauth_credentials_in_use\{slot="(\w+)"\} 1$/gm)].map(([, slot]) => slot ?? '')
  }

  it('rotate without a restart: standby signs, becomes primary, and metrics and health show it', async () => {
    const environment = await mount({
      FINAUTH_API_KEY: demoAccount.apiKey,
      FINAUTH_API_SECRET: demoAccount.apiSecret,
      FINAUTH_STANDBY_API_KEY: successor.apiKey,
      FINAUTH_STANDBY_API_SECRET: successor.apiSecret,
    })
    const service = await start({ environment, clock, prepare: (simulator) => simulator.putAccount(successor) })
    expect(await inUse(service)).toEqual(['primary'])

    service.simulator.removeAccount(demoAccount.name)
    await clock.advance(60_000)
    expect((await refresh(service)).status).toBe(200)
    expect(await inUse(service)).toEqual(['standby'])
    expect(await (await fetch(`${service.adminUrl}/health`)).json()).toMatchObject({
      status: 'warn',
      checks: { 'finauth:credentials': [{ status: 'warn', observedValue: 'standby' }] },
    })

    await mount({ FINAUTH_API_KEY: successor.apiKey, FINAUTH_API_SECRET: successor.apiSecret })
    await clock.advance(60_000)
    expect((await refresh(service)).status).toBe(200)
    expect(await inUse(service)).toEqual(['primary'])
    expect(await (await fetch(`${service.adminUrl}/health`)).json()).toMatchObject({
      checks: { 'finauth:credentials': [{ status: 'pass', observedValue: 'primary' }] },
    })
  })

  it('that were wrong are tried again as soon as the file is correct', async () => {
    const environment = await mount({ FINAUTH_API_KEY: demoAccount.apiKey, FINAUTH_API_SECRET: 'a-wrong-secret' })
    const service = await start({ environment, clock })
    expect((await service.call('/api/face-groups')).status).toBe(502)
    await mount({ FINAUTH_API_SECRET: demoAccount.apiSecret })
    await clock.advance(60_000)
    expect((await service.call('/api/face-groups')).status).toBe(200)
  })

  it('whose file is missing fail each refresh, but no request while there is a copy', async () => {
    const environment = await mount({ FINAUTH_API_KEY: demoAccount.apiKey, FINAUTH_API_SECRET: demoAccount.apiSecret })
    const service = await start({ environment, clock })
    await rm(join(folder, 'FINAUTH_API_SECRET'))
    await clock.advance(120_000)
    expect((await refresh(service)).status).toBe(502)
    expect((await service.call('/api/face-groups')).status).toBe(200)
    expect(JSON.stringify(errorLines(service))).not.toContain(folder)
  })
})

describe('the secret of the gateway', () => {
  it('changes without a restart, and nobody is admitted while its file is empty', async () => {
    const environment = await mount({ GATEWAY_SECRET: 'the-secret-before' })
    const service = await start({ environment: { ...environment, AUTH_MODE: 'gateway' } })
    const status = async (secret: string) => {
      const headers = { 'X-Gateway-Secret': secret, 'X-Forwarded-User': 'alice' }
      return (await service.call('/api/face-groups', { authorization: null, headers })).status
    }
    const both = async () => [await status('the-secret-before'), await status('the-secret-after')]
    expect(await both()).toEqual([200, 401])
    await writeFile(join(folder, 'GATEWAY_SECRET'), '')
    expect([...(await both()), await status('')]).toEqual([503, 503, 503])
    await mount({ GATEWAY_SECRET: 'the-secret-after' })
    expect(await both()).toEqual([401, 200])
  })
})

describe('the key that encrypts the copy in Redis', () => {
  let redis: RedisServer
  let vendor: FinAuthSimulator
  beforeAll(async () => {
    redis = await startRedisServer()
  })
  beforeEach(async () => {
    vendor = await startFinAuthSimulator()
    vendor.putAccount(successor)
    await redis.cli('FLUSHALL')
  })
  afterEach(() => vendor.close())
  afterAll(() => redis.stop())

  const withKey = (key: string): StartServiceOptions => ({
    environment: { REDIS_URL: redis.url, FINAUTH_BASE_URL: vendor.url, CACHE_ENCRYPTION_KEY: key },
  })

  it('opens the copy for the next replica, which then does not call the vendor', async () => {
    await start(withKey('the-key-of-everybody'))
    const second = await start(withKey('the-key-of-everybody'))
    expect((await second.call('/api/face-groups')).status).toBe(200)
    expect(vendor.calls().total).toBe(1)
  })

  it('makes the copy a miss, not an error, if it differs', async () => {
    await start(withKey('the-key-before'))
    const second = await start(withKey('the-key-after-it'))
    expect((await second.call('/api/face-groups')).status).toBe(200)
    expect(vendor.calls().total).toBe(2)
    expect(second.logs()).toContainEqual(expect.objectContaining({ level: 'warn', reason: 'seal' }))
    expect(errorLines(second)).toEqual([])
  })

  it('changes with the API secret if it is derived from it, and the copy is a miss', async () => {
    const environment = { REDIS_URL: redis.url, FINAUTH_BASE_URL: vendor.url }
    await start({ environment })
    const { apiKey, apiSecret } = successor
    const second = await start({
      environment: { ...environment, FINAUTH_API_KEY: apiKey, FINAUTH_API_SECRET: apiSecret },
    })
    expect((await second.call('/api/face-groups')).status).toBe(200)
    expect(vendor.calls().total).toBe(2)
    expect(errorLines(second)).toEqual([])
  })

  it('changes without a restart: the next copy is encrypted with the new one', async () => {
    const environment = { ...(await mount({ CACHE_ENCRYPTION_KEY: 'the-key-before' })), REDIS_URL: redis.url }
    const first = await start({ environment: { ...environment, FINAUTH_BASE_URL: vendor.url } })
    await mount({ CACHE_ENCRYPTION_KEY: 'the-key-after-it' })
    expect((await first.call('/api/face-groups')).status).toBe(200)
    expect((await refresh(first)).status).toBe(200)
    const second = await start(withKey('the-key-after-it'))
    expect((await second.call('/api/face-groups')).status).toBe(200)
    expect(vendor.calls().total).toBe(2)
    expect(errorLines(first)).toEqual([])
  })

  it('stays the same for the fleet when the primary pair is replaced in its files: every replica switches and keeps the copy', async () => {
    const secrets = { FINAUTH_API_KEY: demoAccount.apiKey, FINAUTH_API_SECRET: demoAccount.apiSecret }
    const environment = {
      ...(await mount(secrets)),
      REDIS_URL: redis.url,
      FINAUTH_BASE_URL: vendor.url,
      CACHE_ENCRYPTION_KEY: 'the-key-of-everybody',
    }
    const first = await start({ environment })
    const copies = async () => (await redis.cli('KEYS', '{face-groups}:*:snapshot')).split('\n').length
    expect(await copies()).toBe(1)
    await mount({ FINAUTH_API_KEY: successor.apiKey, FINAUTH_API_SECRET: successor.apiSecret })
    await waitFor(async () => (await copies()) === 2 || null, { timeoutMs: 30_000 })
    const second = await start({ environment })
    expect((await second.call('/api/face-groups')).status).toBe(200)
    expect(vendor.calls().total).toBe(1)
    expect((await refresh(second)).status).toBe(200)
    expect(errorLines(first)).toEqual([])
  }, 60_000)
})
