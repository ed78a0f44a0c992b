import { createFakeClock } from '../support/fake-clock.js'
import { type RunningService, startService } from '../support/service.js'

const status = async (url: string) => (await fetch(url)).status

describe('health', () => {
  let running: RunningService
  afterEach(() => running.stop())

  it('passes while the list is fresh, and shows the checks on the admin port only', async () => {
    running = await startService()
    const shown = await fetch(`${running.adminUrl}/health`)
    expect(shown.status).toBe(200)
    expect(shown.headers.get('content-type')).toBe('application/health+json')
    expect(await shown.json()).toMatchObject({ status: 'pass', checks: { 'snapshot:age': [{ status: 'pass' }] } })
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'pass' })
  })

  it('is live but not ready while there is nothing to serve', async () => {
    running = await startService({ prepare: (simulator) => simulator.set('internal_error') })
    expect(await status(`${running.url}/health/live`)).toBe(200)
    expect(await status(`${running.url}/health/ready`)).toBe(503)
    expect(await status(`${running.url}/health`)).toBe(503)
  })

  it('is ready while a copy may be served, whatever the vendor does', async () => {
    running = await startService()
    running.simulator.set('hang')
    expect(await status(`${running.url}/health/ready`)).toBe(200)
  })

  it('is not ready after markNotReady, and still answers', async () => {
    running = await startService()
    running.service.markNotReady()
    expect(await status(`${running.url}/health/ready`)).toBe(503)
    expect(await status(`${running.url}/health/live`)).toBe(200)
    expect((await running.call('/api/face-groups')).status).toBe(200)
  })

  it('warns on standby credentials', async () => {
    const standby = { name: 'standby', apiKey: 'standby-key', apiSecret: 'standby-secret' }
    running = await startService({
      environment: { FINAUTH_STANDBY_API_KEY: standby.apiKey, FINAUTH_STANDBY_API_SECRET: standby.apiSecret },
      prepare: (simulator) => {
        simulator.removeAccount('demo')
        simulator.putAccount(standby)
      },
    })
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'warn' })
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
    expect(metrics).toContain('finauth_credentials_in_use{slot="standby"} 1')
    expect(metrics).toContain('finauth_credentials_in_use{slot="primary"} 0')
  })

  it('warns if the clock is off by more than 30 s, and the call succeeds', async () => {
    running = await startService({ prepare: (simulator) => simulator.setClockOffset(-600) })
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'warn' })
    expect((await running.call('/api/face-groups')).status).toBe(200)
  })

  interface Health {
    readonly status: string
    readonly checks: { readonly 'jwt:keys': readonly object[] }
  }
  const keysHealth = async () => {
    const { status: overall, checks } = (await (await fetch(`${running.adminUrl}/health`)).json()) as Health
    return [overall, ...checks['jwt:keys']]
  }
  /** The status for a token with an unknown key, which causes the keys to be reloaded. */
  const seekKey = async () => {
    const token = await running.token({}, { header: { kid: 'unknown' } })
    return (await running.call('/api/face-groups', { authorization: `Bearer ${token}` })).status
  }

  it('is not ready without token keys, and reports why', async () => {
    running = await startService({ prepare: (_simulator, issuer) => issuer.setFault({ kind: 'fail' }) })
    expect(await status(`${running.url}/health/ready`)).toBe(503)
    expect(await keysHealth()).toEqual([
      'fail',
      { status: 'fail', observedValue: 0, output: 'JWKS unavailable: bad_status' },
    ])
    expect((await running.call('/api/face-groups')).status).toBe(503)
  })

  it('warns if token keys cannot be reloaded, and continues to serve', async () => {
    running = await startService()
    expect(await keysHealth()).toEqual(['pass', { status: 'pass', observedValue: 1 }])
    running.issuer.setFault({ kind: 'garbage' })
    expect(await seekKey()).toBe(503)
    const output = 'JWKS unavailable: malformed, using the last loaded keys'
    expect(await keysHealth()).toEqual(['warn', { status: 'warn', observedValue: 1, output }])
    expect((await running.call('/api/face-groups')).status).toBe(200)
    expect(await status(`${running.url}/health/ready`)).toBe(200)
  })

  it('fails while the token keys are withdrawn, and passes again with new ones', async () => {
    running = await startService()
    running.issuer.setFault({ kind: 'empty_key_set' })
    expect(await seekKey()).toBe(401)
    expect(await keysHealth()).toMatchObject(['fail', { status: 'fail', observedValue: 0 }])
    expect((await running.call('/api/face-groups')).status).toBe(401)
    running.issuer.setFault(null)
    expect((await running.call('/api/face-groups')).status).toBe(200)
    expect(await keysHealth()).toEqual(['pass', { status: 'pass', observedValue: 1 }])
  })

  it('does not use token keys that could not be reloaded for JWT_KEYS_MAX_STALE_SECONDS', async () => {
    const clock = createFakeClock({ wallMs: Date.now() })
    running = await startService({ clock, environment: { JWT_KEYS_MAX_STALE_SECONDS: '100' } })
    running.issuer.setFault({ kind: 'fail' })
    await clock.advance(99_000)
    expect((await running.call('/api/face-groups')).status).toBe(200)
    await clock.advance(1_000)
    const { status: late } = await running.call('/api/face-groups', {
      authorization: `Bearer ${await running.token({ sub: 'somebody-else' })}`,
    })
    expect(late).toBe(503)
    expect(await keysHealth()).toMatchObject(['fail', { output: expect.stringContaining('too old') }])
    expect(await status(`${running.url}/health/ready`)).toBe(503)
  })
})
