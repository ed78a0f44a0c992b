import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMetrics } from '../../src/operations/metrics.js'
import { describeWithProgram } from './describe-with-program.js'
import { alertRules, dashboardQueries, metricsNamedIn, prometheusDirectory, root } from './prometheus.js'

describeWithProgram('promtool', 'promtool', (promtool) => {
  it.each([
    ['check', 'rules', 'alerts.yml'],
    ['check', 'config', 'prometheus.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('is content to %s %s %s', (...args) => {
    const { status, stdout, stderr, error } = spawnSync(promtool, args, { cwd: prometheusDirectory, encoding: 'utf8' })
    expect(error).toBeUndefined()
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })
})

describe('the alert rules and the dashboard', () => {
  it('name a runbook entry for every alert', () => {
    const headings = readFileSync(join(root, 'docs/operations.md'), 'utf8').match(/^### .+$/gm)
    expect(headings).toEqual(expect.arrayContaining(alertRules().map(({ alert }) => `### ${alert}`)))
    for (const { alert, annotations } of alertRules()) {
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`)
    }
  })

  it('have a unit test in which each alert fires', () => {
    const tests = readFileSync(join(prometheusDirectory, 'alerts.test.yml'), 'utf8')
    const fired = new Set([...tests.matchAll(/alertname: (\w+)\n/g)].map(([, alert]) => alert))
    expect(fired).toEqual(new Set(alertRules().map(({ alert }) => alert)))
  })

  it('ask only for metrics that the service has', async () => {
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
