import { type RunningService, startService } from '../support/service.js'

async function metricsOf({ adminUrl }: RunningService): Promise<Map<string, number>> {
  const response = await fetch(`${adminUrl}/metrics`)
  const samples = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

describe('the metrics', () => {
  let running: RunningService
  afterEach(() => running.stop())

  it('describe the list while there is one', async () => {
    running = await startService()
    const metrics = await metricsOf(running)
    expect(metrics.get('face_groups_snapshot_groups')).toBe(3)
    expect(metrics.get('face_groups_snapshot_age_seconds')).toBeGreaterThanOrEqual(0)
    expect(metrics.get('face_groups_refresh_total{outcome="succeeded"}')).toBe(1)
    expect(metrics.get('finauth_request_duration_seconds_count{endpoint="group_list",outcome="success"}')).toBe(1)
  })

  it('are absent for what is unknown: no list, no Redis, no measured clock skew', async () => {
    running = await startService({ prepare: (simulator) => simulator.set('reset') })
    const metrics = await metricsOf(running)
    for (const name of [
      'face_groups_snapshot_groups',
      'face_groups_snapshot_age_seconds',
      'redis_up',
      'finauth_clock_skew_seconds',
    ]) {
      expect([...metrics.keys()].filter((key) => key.startsWith(name))).toEqual([])
    }
    expect(metrics.get('face_groups_refresh_total{outcome="failed"}')).toBeGreaterThan(0)
  })

  it('count requests by route template, by cache result, and those rejected by the server', async () => {
    running = await startService()
    await running.call('/api/face-groups')
    await running.call('/api/face-groups/some-id')
    await running.call('/api/face-groups', { authorization: null })
    const metrics = await metricsOf(running)
    const requests = (route: string, status: number) =>
      metrics.get(`http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`)
    expect(requests('/api/face-groups', 200)).toBe(1)
    expect(requests('/api/face-groups/{groupId}', 404)).toBe(1)
    expect(requests('/api/face-groups', 401)).toBe(1)
    expect(metrics.get('face_groups_cache_requests_total{result="fresh"}')).toBe(2)
    expect(metrics.get('auth_failures_total{reason="no_token"}')).toBe(1)
    expect(metrics.get('finauth_contract_drift_total{kind="bad_record"}')).toBe(0)
  })

  it('report the token keys, and their age once they have been loaded', async () => {
    running = await startService()
    const metrics = await metricsOf(running)
    expect(metrics.get('jwks_keys')).toBe(1)
    expect(metrics.get('jwks_age_seconds')).toBeGreaterThanOrEqual(0)
  })

  it('report that there is no token key', async () => {
    running = await startService({ prepare: (_simulator, issuer) => issuer.setFault({ kind: 'fail' }) })
    const metrics = await metricsOf(running)
    expect([metrics.get('jwks_keys'), metrics.get('jwks_age_seconds')]).toEqual([0, undefined])
  })

  it('do not include token keys without token authentication', async () => {
    running = await startService({ environment: { AUTH_MODE: 'none' } })
    const metrics = await metricsOf(running)
    expect([metrics.get('jwks_keys'), metrics.get('jwks_age_seconds')]).toEqual([undefined, undefined])
  })
})
