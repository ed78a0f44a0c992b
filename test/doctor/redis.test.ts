import { checkRedis, checkServer, scriptedCommands } from '../../src/doctor/redis.js'
import type { Finding } from '../../src/doctor/report.js'
import { fixedSecret } from '../../src/secret.js'
import { lua } from '../../src/snapshot-cache/lua.generated.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { startCluster, startRestrictedRedis } from '../support/redis-topologies.js'
import { statuses } from './doctor-fixtures.js'

const keyPrefix = 'face-groups'
const needed = '+eval +evalsha +time +set +get +getrange +pttl +publish +del +subscribe'
const neverAborts = new AbortController().signal
/** The limit of a command must not decide a test of something else. */
const commandTimeoutMs = 10_000

afterAll(stopRedisServers)

describe('Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer()
  })

  it('is ok, with its version and latency', async () => {
    const findings = await checked(server.url)
    expect(statuses(findings)).toEqual([
      // An answer that a busy machine delays is a warning.
      expect.stringMatching(/^Redis: (?:ok|warn)$/),
      'Redis version: ok',
      'Redis database: ok',
      'Redis memory: ok',
      'Redis permissions: ok',
      'Redis notifications: ok',
    ])
    const [latency, version] = findings
    expect(latency?.detail).toMatch(/^answers in [\d.]+ ms$/)
    expect(version?.detail).toBe(`${/redis_version:(\S+)/.exec(await server.cli('INFO', 'server'))?.[1]}, standalone`)
  })

  it('removes the doctor’s key, and keeps other keys unchanged', async () => {
    await server.cli('SET', '{face-groups}:snapshot', 'as it was')
    await checked(server.url)
    expect(await server.cli('KEYS', '*')).toBe('{face-groups}:snapshot')
    expect(await server.cli('GET', '{face-groups}:snapshot')).toBe('as it was')
    await server.cli('FLUSHALL')
  })

  it('reports the database in use', async () => {
    const databaseOf = async (url: string) => (await checked(url)).find(({ name }) => name === 'Redis database')?.detail
    expect([await databaseOf(server.url), await databaseOf(`${server.url}/3`)]).toEqual(['0', '3'])
  })

  it('fails if the database cannot be selected', async () => {
    const [finding] = await checked(`${server.url}/99`)
    expect(finding).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('(no_such_database)'),
      advice: expect.stringContaining('REDIS_URL'),
    })
  })

  it('warns about an eviction policy that may evict a lease', async () => {
    const evicting = await startRedisServer({ config: ['maxmemory 100mb', 'maxmemory-policy allkeys-lru'] })
    const findings = await checked(evicting.url)
    expect(findings.find(({ name }) => name === 'Redis memory')).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/of 100\.0 MiB used, allkeys-lru$/),
    })
  })

  it('warns if the memory is nearly full', async () => {
    const full = await startRedisServer({ config: ['maxmemory-policy noeviction'] })
    await full.cli('SETRANGE', 'bulk', '20000000', 'x')
    const used = Number(/used_memory:(\d+)/.exec(await full.cli('INFO', 'memory'))?.[1])
    await full.cli('CONFIG', 'SET', 'maxmemory', String(Math.round(used * 1.05)))
    const memory = (await checked(full.url)).find(({ name }) => name === 'Redis memory')
    expect(memory).toMatchObject({ status: 'warn', advice: expect.stringContaining('maxmemory') })
  })

  it('fails if it rejects writes', async () => {
    const full = await startRedisServer({ config: ['maxmemory 1', 'maxmemory-policy noeviction'] })
    const permissions = (await checked(full.url)).find(({ name }) => name === 'Redis permissions')
    expect(permissions).toMatchObject({ status: 'FAIL', detail: expect.stringContaining('SET (oom)') })
  })

  it('fails if nothing listens', async () => {
    const gone = await startRedisServer()
    await gone.stop()
    const [finding, ...others] = await checked(gone.url)
    expect(finding).toMatchObject({
      status: 'FAIL',
      detail: `unavailable at 127.0.0.1:${gone.port} (econnrefused)`,
    })
    expect(others).toEqual([])
  })

  it('fails quickly if it hangs', async () => {
    const hanging = await startRedisServer()
    hanging.suspend()
    const [finding] = await checked(hanging.url, {})
    expect(finding).toMatchObject({ status: 'FAIL', detail: expect.stringContaining('(timeout)') })
  })

  it('fails if the password is wrong, and does not print it', async () => {
    const locked = await startRedisServer({ config: ['requirepass right'] })
    const [finding] = await checked(`redis://:wr0ng-secret@127.0.0.1:${locked.port}`)
    expect(finding).toMatchObject({ status: 'FAIL', detail: expect.stringContaining('(wrongpass)') })
    expect(JSON.stringify(finding)).not.toContain('wr0ng-secret')
  })

  it('is tested by the rules of a cluster if it is one', async () => {
    const nodes = await startCluster()
    const topology = { kind: 'cluster', nodes } as const
    const findings = await checkRedis({ topology, keyPrefix, commandTimeoutMs }, neverAborts)
    expect(faultsIn(findings)).toEqual([])
    expect(findings.find(({ name }) => name === 'Redis version')?.detail).toMatch(/, cluster$/)
  })

  it('accepts a user with only the required permissions, over TLS', async () => {
    const guarded = await startRestrictedRedis({ keyPrefix })
    const topology = { kind: 'standalone', url: fixedSecret(guarded.server.url) } as const
    const { caFile: tlsCaFile, username, password } = guarded
    const options = { topology, keyPrefix, commandTimeoutMs, tlsCaFile, username, password: fixedSecret(password) }
    const findings = await checkRedis(options, neverAborts)
    await guarded.remove()
    expect(faultsIn(findings)).toEqual([])
  })

  it.each(needed.split(' '))('fails if the user lacks %s', async (rule) => {
    const rules = needed.replace(`${rule} `, '').replace(/ \+subscribe$/, rule === '+subscribe' ? '' : '$&')
    await server.cli(
      'ACL',
      'SETUSER',
      'app',
      'reset',
      'on',
      '>pw',
      '~{face-groups}:*',
      '&{face-groups}:*',
      ...rules.split(' '),
    )
    const findings = await checked(`redis://app:pw@127.0.0.1:${server.port}`)
    const permissions = findings.find(({ name }) => name === 'Redis permissions')
    expect(permissions).toMatchObject({ status: 'FAIL', advice: expect.stringContaining(rule) })
    expect(permissions?.detail).toBe(`refused: ${rule.slice(1).toUpperCase()} (noperm)`)
  })

  it('fails if the user may not use our keys', async () => {
    await server.cli('ACL', 'SETUSER', 'app', 'reset', 'on', '>pw', '~other:*', '&*', '+@all')
    const findings = await checked(`redis://app:pw@127.0.0.1:${server.port}`)
    const permissions = findings.find(({ name }) => name === 'Redis permissions')
    expect(permissions).toMatchObject({ status: 'FAIL', advice: expect.stringContaining('~{face-groups}:*') })
  })
})

describe('the version of Redis', () => {
  it.each([
    ['6.0.16', 'warn'],
    ['5.0.7', 'warn'],
    ['6.2.0', 'ok'],
    ['7.0.15', 'ok'],
    ['10.0.0', 'ok'],
  ])('%s is %s', async (version, status) => {
    const reply = ['server', 'redis', 'version', version, 'mode', 'standalone']
    const [, finding] = await checkServer({ call: async () => reply.map((part) => Buffer.from(part)) })
    expect(finding).toMatchObject({ status, detail: `${version}, standalone` })
  })
})

it('every command in the service’s scripts is tested', () => {
  const used = Object.values(lua).flatMap((source) =>
    [...source.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, command]) => command),
  )
  const tried = scriptedCommands('k').map(([command]) => command)
  expect(new Set(tried)).toEqual(new Set(used))
})

/** What is not ok, apart from the latency, which depends on the load of the machine. */
function faultsIn(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ status, detail }) => status !== 'ok' && !detail.startsWith('answers in'))
}

function checked(url: string, limits: { commandTimeoutMs?: number } = { commandTimeoutMs }) {
  const topology = { kind: 'standalone', url: fixedSecret(url) } as const
  return checkRedis({ topology, keyPrefix, ...limits }, neverAborts)
}
