import { type RedisServer, startRedisServer } from '../support/redis-server.js'
import { type RunningService, startService } from '../support/service.js'
import { describeWithProgram } from './describe-with-program.js'
import { alertRules, allRules, dashboardQueries, selectorsIn, type Prometheus, startPrometheus } from './prometheus.js'

describeWithProgram('prometheus', 'a Prometheus that scrapes the service', (program) => {
  let redis: RedisServer
  let service: RunningService
  let prometheus: Prometheus

  beforeAll(async () => {
    redis = await startRedisServer()
    service = await startService({
      environment: { REDIS_URL: redis.url, CACHE_TTL_SECONDS: '1', CACHE_REFRESH_BACKOFF_SECONDS: '1' },
      prepare: (simulator) => simulator.set('authentication_error'),
    })
    prometheus = await startPrometheus(program, new URL(service.adminUrl).host)
    await liveThroughEverything()
    await prometheus.until(hasSeenEverything)
  }, 120_000)
  afterAll(async () => {
    await prometheus.stop()
    await service.stop()
    await redis.stop()
  })

  it('finds the job under the name used by rules and dashboard', async () => {
    expect(await prometheus.query('up{job="face-groups"} == 1')).toHaveLength(1)
  })

  it.each(dashboardQueries())('has data for the dashboard: %s', async (query) => {
    expect(await prometheus.query(query)).not.toHaveLength(0)
  })

  it.each(alertRules().map(({ alert, expr }) => [alert, expr]))('has data for the alert %s', async (_alert, expr) => {
    for (const selector of selectorsIn(expr)) {
      expect({ selector, series: (await prometheus.query(selector)).length }).not.toEqual({ selector, series: 0 })
    }
  })

  it('can evaluate every rule', async () => {
    await prometheus.until(async () => (await prometheus.rules()).every(({ health }) => health !== 'unknown'))
    const states = await prometheus.rules()
    const names = allRules().map((rule) => ('alert' in rule ? rule.alert : rule.record))
    expect(states.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    expect(states.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  /** Rejected by the vendor with nothing to serve, fixed, an invalid record, a caller without a token. */
  async function liveThroughEverything(): Promise<void> {
    expect((await service.call('/api/face-groups')).status).toBe(502)
    service.simulator.setLibraries({ groupInfos: [{ group_name: 'good', model_version: 's21' }, 'not a library'] })
    service.simulator.set('normal')
    await prometheus.until(async () => (await service.call('/api/face-groups')).status === 200)
    expect((await service.call('/api/face-groups', { authorization: null })).status).toBe(401)
  }

  /** Rates need two scrapes after the last event. */
  async function hasSeenEverything(): Promise<boolean> {
    await service.call('/api/face-groups')
    const refused = await prometheus.query('count_over_time(auth_failures_total[1m]) > 1')
    const refreshed = await prometheus.query('count_over_time(face_groups_refresh_total{outcome="succeeded"}[1m]) > 1')
    return refused.length > 0 && refreshed.length > 0
  }
})
