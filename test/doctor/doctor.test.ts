import { type Check, runChecks } from '../../src/doctor/examine.js'
import { type Finding, renderFinding, renderSummary } from '../../src/doctor/report.js'
import { startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { useSimulator, useTokenIssuer } from '../support/upstream.js'
import { examined, statuses } from './doctor-fixtures.js'

const long = 'a-secret-of-more-than-thirty-two-characters'

describe('the doctor', () => {
  const simulator = useSimulator()
  const issuer = useTokenIssuer()
  afterAll(stopRedisServers)

  const environment = () => ({
    FINAUTH_BASE_URL: simulator().url,
    CACHE_ENCRYPTION_KEY: long,
    AUTH_MODE: 'jwt',
    JWT_ISSUER: issuer().issuer,
    JWT_AUDIENCE: issuer().audience,
    JWT_JWKS_URI: issuer().jwksUri,
  })

  it('runs every check, in the order of the contract', async () => {
    const redis = await startRedisServer()
    expect(statuses(await examined({ ...environment(), REDIS_URL: redis.url }))).toEqual([
      'configuration: ok',
      'FinAuth DNS: ok',
      'FinAuth TLS: warn',
      'clock: ok',
      'FinAuth primary credentials: ok',
      // An answer that a busy machine delays is a warning.
      expect.stringMatching(/^Redis: (?:ok|warn)$/),
      'Redis version: ok',
      'Redis database: ok',
      'Redis memory: ok',
      'Redis permissions: ok',
      'Redis notifications: ok',
      'cache key: ok',
      'callers: warn',
      'token issuer: ok',
      'token keys: ok',
    ])
  })

  it('reports every configuration fault and that other checks are skipped', async () => {
    const findings = await examined({ AUTH_MODE: 'jwt', CACHE_TTL_SECONDS: 'soon' })
    expect(new Set(findings.map(({ status }) => status))).toEqual(new Set(['FAIL']))
    const text = findings.map(({ detail }) => detail).join('\n')
    for (const name of ['CACHE_TTL_SECONDS', 'JWT_ISSUER', 'JWT_AUDIENCE']) expect(text).toContain(name)
    expect(findings.at(-1)).toMatchObject({ name: 'other checks', detail: expect.stringContaining('skipped') })
  })

  it('warns if there is no Redis', async () => {
    const redis = (await examined(environment())).find(({ name }) => name === 'Redis')
    expect(redis).toMatchObject({ status: 'warn', advice: expect.stringContaining('REDIS_URL') })
  })

  it('fails if a name does not resolve', async () => {
    const findings = await examined({ ...environment(), FINAUTH_BASE_URL: 'https://finauth.invalid' })
    expect(findings.find(({ name }) => name === 'FinAuth DNS')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringMatching(/^finauth\.invalid does not resolve \((ENOTFOUND|EAI_AGAIN)\)$/),
    })
  })

  it('reports each hanging dependency, and the other checks', async () => {
    simulator().set('hang')
    issuer().setFault({ kind: 'hang' })
    const findings = await examined(environment(), { timeLimitMs: 300 })
    expect(statuses(findings.filter(({ status }) => status === 'FAIL'))).toEqual([
      'FinAuth credentials: FAIL',
      'token keys: FAIL',
    ])
    expect(findings.at(-1)?.detail).toBe('timed out after 0.3 s')
  })
})

it('unknown variables are warnings, whether the configuration is valid or not', async () => {
  const warning = { status: 'warn', name: 'configuration', detail: 'unknown variable JWT_ISUER' }
  for (const environment of [{ JWT_ISUER: 'leak' }, { JWT_ISUER: 'leak', PORT: 'x' }]) {
    const findings = await examined(environment)
    expect(findings).toContainEqual({ ...warning, advice: 'Did you mean JWT_ISSUER?' })
    expect(JSON.stringify(findings)).not.toContain('leak')
  }
})

describe('running checks', () => {
  it('yields findings in the order of the checks, whichever ends first', async () => {
    const order: string[] = []
    let firstMayEnd: () => void = () => {}
    const second = new Promise<void>((resolve) => {
      firstMayEnd = resolve
    })
    const checks: Check[] = [
      { name: 'first', run: async () => (await second, [found('first')]) },
      { name: 'second', run: async () => (firstMayEnd(), [found('second')]) },
    ]
    for await (const { name } of runChecks(checks)) order.push(name)
    expect(order).toEqual(['first', 'second'])
  })

  it('turns an exception of a check into a finding without its message', async () => {
    const broken: Check = { name: 'broken', run: () => Promise.reject(new RangeError('hush')) }
    const findings: Finding[] = []
    for await (const finding of runChecks([broken])) findings.push(finding)
    expect(findings).toMatchObject([
      { status: 'FAIL', name: 'broken', detail: 'the check failed unexpectedly (RangeError)' },
    ])
    expect(JSON.stringify(findings)).not.toContain('hush')
  })

  it('aborts the signal of a check at the time limit', async () => {
    const aborted = new Promise<boolean>((resolve) => {
      const slow: Check = {
        name: 'slow',
        run: (signal) => new Promise(() => signal.addEventListener('abort', () => resolve(true))),
      }
      void runChecks([slow], { timeLimitMs: 10 }).next()
    })
    expect(await aborted).toBe(true)
  })
})

describe('the text report', () => {
  const finding: Finding = { status: 'FAIL', name: 'Redis', detail: 'is away', advice: 'Bring it back.' }

  it('has one line per check, with advice', () => {
    expect(renderFinding(finding, { colour: false })).toBe(`FAIL  ${'Redis'.padEnd(27)}  is away → Bring it back.\n`)
  })

  it('shows the status in colour if requested', () => {
    expect(renderFinding(finding, { colour: true }).startsWith('\u001B[31mFAIL\u001B[0m  Redis')).toBe(true)
  })

  it('ends with a summary', () => {
    expect(renderSummary([found('one')])).toBe('\nFit to run: 1 ok, 0 warn, 0 FAIL\n')
    expect(renderSummary([found('one'), finding])).toBe('\nNot fit to run: 1 ok, 0 warn, 1 FAIL\n')
  })
})

function found(name: string): Finding {
  return { status: 'ok', name, detail: '' }
}
