import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load-config.js'
import { createMetrics } from '../../src/operations/metrics.js'
import { describeWithProgram } from './describe-with-program.js'
import {
  alertRules,
  allRules,
  dashboardQueries,
  metricsNamedIn,
  prometheusDirectory,
  readDashboard,
  root,
  selectorsIn,
} from './prometheus.js'

const ruleTests = ['alerts.test.yml', 'finauth.test.yml'] as const
const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { repository: { url: string } }
const runbooks = `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/docs/operations.md`

describeWithProgram('promtool', 'promtool', (promtool) => {
  it.each([
    ['check', 'rules', 'alerts.yml'],
    ['check', 'config', 'prometheus.yml'],
    ...ruleTests.map((file) => ['test', 'rules', file]),
  ])('pass %s %s %s', (...args) => {
    const { status, stdout, stderr, error } = spawnSync(promtool, args, { cwd: prometheusDirectory, encoding: 'utf8' })
    expect(error).toBeUndefined()
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })
})

describe('the alert rules and the dashboard', () => {
  it('have a runbook entry for every alert', () => {
    const headings = readFileSync(join(root, 'docs/operations.md'), 'utf8').match(/^### .+$/gm)
    expect(headings).toEqual(expect.arrayContaining(alertRules().map(({ alert }) => `### ${alert}`)))
    for (const { alert, annotations } of alertRules()) {
      expect(annotations.runbook_url).toBe(`${runbooks}#${alert.toLowerCase()}`)
    }
  })

  it('link each panel to existing runbook entries', () => {
    const { panels, templating } = readDashboard()
    const links = panels.flatMap((panel) => panel.links ?? []).map(({ url }) => url)
    const known = alertRules().map(({ alert }) => `\${runbooks}#${alert.toLowerCase()}`)
    expect(links.filter((url) => !known.includes(url))).toEqual([])
    expect(new Set(links)).toEqual(new Set(known))
    expect(templating.list.find(({ name }) => name === 'runbooks')?.query).toBe(runbooks)
  })

  it('select by job, namespace and cluster in every query of the dashboard', () => {
    for (const { targets = [] } of readDashboard().panels) {
      for (const { expr } of targets) {
        for (const selector of selectorsIn(expr)) {
          expect(selector).toContain('job=~"$job",namespace=~"$namespace",cluster=~"$cluster"')
        }
      }
    }
  })

  it('state which panels need Redis', () => {
    const redisPanels = readDashboard().panels.filter(({ targets }) => targets?.some(({ expr }) => /redis_/.test(expr)))
    expect(redisPanels).toHaveLength(2)
    for (const { description } of redisPanels) expect(description).toContain('Needs Redis')
  })

  it('derive thresholds from the defaults of the settings they depend on', () => {
    const config = loadConfig({ FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret', AUTH_MODE: 'none' })
    expect(allRules().filter((rule) => 'record' in rule)).toEqual([
      { record: 'face_groups:cache_ttl:seconds', expr: `vector(${config.cache.ttlMs / 1000})` },
      { record: 'face_groups:cache_stale:seconds', expr: `vector(${config.cache.staleMs / 1000})` },
    ])
  })

  it('link to another URL after set-runbook-url.sh, and nothing else changes', () => {
    const copy = mkdtempSync(join(tmpdir(), 'deploy-'))
    try {
      cpSync(join(root, 'deploy'), copy, { recursive: true })
      const url = 'https://wiki.example.com/face-groups?page=1'
      const run = (argument: string) => spawnSync('sh', [join(copy, 'prometheus/set-runbook-url.sh'), argument])
      expect(run('javascript:alert(1)').status).toBe(64)
      expect(run(url).status).toBe(0)
      for (const file of [
        'prometheus/alerts.yml',
        ...ruleTests.map((file) => `prometheus/${file}`),
        'kubernetes/components/monitoring/prometheus-rule.yaml',
        'grafana/dashboard.json',
      ]) {
        const [before, after] = [join(root, 'deploy'), copy].map((folder) => readFileSync(join(folder, file), 'utf8'))
        expect(after).toBe(before?.replaceAll(runbooks, url))
        expect(after).toContain(url)
      }
    } finally {
      rmSync(copy, { recursive: true })
    }
  })

  it('have a unit test in which each alert fires', () => {
    const tests = ruleTests.map((file) => readFileSync(join(prometheusDirectory, file), 'utf8')).join('\n')
    const fired = new Set([...tests.matchAll(/alertname: (\w+)\n/g)].map(([, alert]) => alert))
    expect(fired).toEqual(new Set(alertRules().map(({ alert }) => alert)))
  })

  it('use only metrics of the service', async () => {
    const { text } = await createMetrics().scrape({
      snapshot: { ageMs: 0, groups: 0 },
      keys: { count: 0, ageMs: 0 },
    })
    const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name))
    const queries = [...alertRules().map(({ expr }) => expr), ...dashboardQueries()]
    const asked = new Set(queries.flatMap(metricsNamedIn))
    expect([...asked].filter((name) => !known.has(name))).toEqual([])
    expect(asked.size).toBeGreaterThan(10)
  })
})
