import { checkCredentials } from '../../src/doctor/finauth.js'
import { demoAccount } from '../../simulator/finauth-simulator.js'
import { useSimulator } from '../support/upstream.js'
import { configOf, statuses } from './doctor-fixtures.js'

const standby = { FINAUTH_STANDBY_API_KEY: 'standby-key', FINAUTH_STANDBY_API_SECRET: 'standby-secret' }
const standbyAccount = { name: 'standby', apiKey: 'standby-key', apiSecret: 'standby-secret' }

describe('the credentials', () => {
  const simulator = useSimulator()

  it('are each accepted by a separate call', async () => {
    simulator().putAccount(standbyAccount)
    const findings = await checked(standby)
    expect(statuses(findings)).toEqual([
      'clock: ok',
      'FinAuth primary credentials: ok',
      'FinAuth standby credentials: ok',
    ])
    for (const { detail } of findings.slice(1)) expect(detail).toMatch(/^accepted in \d+ ms; 3 groups$/)
    expect(simulator().calls()).toMatchObject({ total: 2, accepted: 2 })
  })

  it('fail if the primary pair is rejected, even with a valid standby pair', async () => {
    simulator().putAccount(standbyAccount)
    const findings = await checked({ ...standby, FINAUTH_API_SECRET: 'wrong' })
    expect(statuses(findings)).toEqual([
      'clock: ok',
      'FinAuth primary credentials: FAIL',
      'FinAuth standby credentials: ok',
    ])
    expect(findings[1]?.detail).toMatch(/^FinAuth rejected our credentials \(INVALID_SIGN, HTTP 403\)$/)
    expect(simulator().calls().total).toBe(2)
  })

  it('cause a warning if only the standby pair is rejected', async () => {
    const findings = await checked(standby)
    expect(statuses(findings).slice(1)).toEqual([
      'FinAuth primary credentials: ok',
      'FinAuth standby credentials: warn',
    ])
  })

  it.each([
    ['ip_not_allowed', /allow the address/],
    ['internal_error', /vendor’s status/],
    ['concurrency_limit_exceeded', /try again in a minute/],
    ['invalid_json', /Something other than FinAuth answers/],
  ])('have advice when FinAuth answers %s, after one attempt', async (behaviour, advice) => {
    simulator().set(behaviour)
    const [, primary] = await checked()
    expect(primary).toMatchObject({ status: 'FAIL', advice: expect.stringMatching(advice) })
    expect(simulator().calls().total).toBe(1)
  })

  it('fail if FinAuth does not answer within FINAUTH_TIMEOUT_MS', async () => {
    simulator().set('hang')
    const [clock, primary] = await checked({ FINAUTH_TIMEOUT_MS: '100' })
    expect(primary).toMatchObject({ status: 'FAIL', detail: expect.stringContaining('in time') })
    expect(clock).toMatchObject({ status: 'warn', detail: 'not compared with FinAuth’s' })
  })

  it('are retried with FinAuth’s clock if the signature was found expired', async () => {
    simulator().setClockOffset(200)
    const [clock, primary] = await checked()
    expect(primary).toMatchObject({ status: 'ok' })
    expect(clock).toMatchObject({ status: 'warn', detail: expect.stringMatching(/^(19|20|21)\d s behind FinAuth’s$/) })
  })

  it('fail a clock that is more than five minutes off', async () => {
    simulator().setClockOffset(-3600)
    const [clock] = await checked()
    expect(clock).toMatchObject({ status: 'FAIL', detail: expect.stringMatching(/^3[56]\d\d s ahead of/) })
  })

  function checked(environment = {}) {
    const config = configOf({ FINAUTH_BASE_URL: simulator().url, ...environment })
    return checkCredentials(config, new AbortController().signal)
  }
})

it('an unreadable secret file is reported for the credentials, not for the vendor', async () => {
  const unreadable = {
    reveal: () => {
      throw new Error('gone')
    },
  }
  const { finauth, egress } = configOf({ FINAUTH_API_KEY: demoAccount.apiKey })
  const broken = { finauth: { ...finauth, primary: { ...finauth.primary, apiSecret: unreadable } }, egress }
  const [, primary] = await checkCredentials(broken, new AbortController().signal)
  expect(primary).toMatchObject({ status: 'FAIL', detail: 'unreadable FinAuth credentials: primary' })
})
