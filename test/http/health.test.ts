import { type RunningService, startService } from '../support/service.js'

const status = async (url: string) => (await fetch(url)).status

describe('health', () => {
  let running: RunningService
  afterEach(() => running.stop())

  it('passes while the list is fresh, and shows the checks on the admin port alone', async () => {
    running = await startService()
    const shown = await fetch(`${running.adminUrl}/health`)
    expect(shown.status).toBe(200)
    expect(shown.headers.get('content-type')).toBe('application/health+json')
    expect(await shown.json()).toMatchObject({ status: 'pass', checks: { 'snapshot:age': [{ status: 'pass' }] } })
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'pass' })
  })

  it('is alive but not ready while there is nothing to serve', async () => {
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

  it('is unready and still answers from the moment it is told to leave', async () => {
    running = await startService()
    running.service.retire()
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

  it('warns of a clock that is off by more than 30 s, and heals the call', async () => {
    running = await startService({ prepare: (simulator) => simulator.setClockOffset(-600) })
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'warn' })
    expect((await running.call('/api/face-groups')).status).toBe(200)
  })
})
