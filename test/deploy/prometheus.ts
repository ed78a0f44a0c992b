import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import { freePort } from '../support/redis-server.js'

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

interface RuleState {
  readonly name: string
  readonly health: string
  readonly lastError?: string
}

/** A real Prometheus with the files of deploy/prometheus; it scrapes and evaluates every second. */
export interface Prometheus {
  query(expression: string): Promise<Sample[]>
  rules(): Promise<RuleState[]>
  /** Resolves when `condition` is true; it is checked after each scrape. */
  until(condition: () => Promise<boolean>): Promise<void>
  stop(): Promise<void>
}

export async function startPrometheus(program: string, target: string): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'))
  cpSync(prometheusDirectory, directory, { recursive: true })
  const config = readFileSync(join(directory, 'prometheus.yml'), 'utf8')
  const hurried = config.replaceAll(/(_interval): \w+/g, '$1: 1s').replace('face-groups:9464', target)
  writeFileSync(join(directory, 'prometheus.yml'), hurried)
  const origin = `http://127.0.0.1:${await freePort()}`
  const flags = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--log.level=error']
  const child = spawn(program, [...flags, `--web.listen-address=${new URL(origin).host}`], {
    cwd: directory,
    stdio: 'ignore',
  })

  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`${origin}/api/v1/${path}`)
    const { data, error } = (await response.json()) as { data: T; error?: string }
    if (!response.ok) throw new Error(`Prometheus rejected ${path}: ${error}`)
    return data
  }
  const prometheus: Prometheus = {
    async query(expression) {
      const { result } = await ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)
      return result
    },
    async rules() {
      const { groups } = await ask<{ groups: { rules: RuleState[] }[] }>('rules')
      return groups.flatMap(({ rules }) => rules)
    },
    async until(condition) {
      while (!(await condition())) {
        if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}`)
        await delay(100)
      }
    },
    async stop() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(directory, { recursive: true })
    },
  }
  await prometheus.until(() =>
    fetch(`${origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return prometheus
}

export const root = join(import.meta.dirname, '../..')
export const prometheusDirectory = join(root, 'deploy/prometheus')

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

interface RecordingRule {
  readonly record: string
  readonly expr: string
}

export function allRules(): (AlertRule | RecordingRule)[] {
  const { groups } = parse(readFileSync(join(prometheusDirectory, 'alerts.yml'), 'utf8')) as {
    groups: { rules: (AlertRule | RecordingRule)[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}

export function alertRules(): AlertRule[] {
  return allRules().filter((rule) => 'alert' in rule)
}

interface Panel {
  readonly title: string
  readonly description?: string
  readonly links?: readonly { readonly url: string }[]
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] }
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] }
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(root, 'deploy/grafana/dashboard.json'), 'utf8')) as Dashboard
}

/** Every query of the dashboard's panels and annotations, with Grafana's variables filled in. */
export function dashboardQueries(): string[] {
  const { panels, annotations } = readDashboard()
  const marks = annotations.list.filter(({ name }) => name === 'New versions')
  const queries = [...panels.flatMap(({ targets = [] }) => targets), ...marks].map(({ expr }) => expr)
  return queries.map((query) =>
    query
      .replaceAll('$__rate_interval', '1m')
      .replaceAll('$job', 'face-groups')
      .replaceAll(/\$(namespace|cluster)/g, '.*'),
  )
}

/** The metrics selected by a query, without the suffixes of a histogram; `up` is Prometheus's own. */
export function metricsNamedIn(query: string): string[] {
  const selected = [...query.matchAll(/\b([a-z_]+)(?=\{)/g)].map(([, name = '']) => name)
  return selected.filter((name) => name !== 'up').map((name) => name.replace(/_(bucket|count|sum)$/, ''))
}

/** Every `metric{…}` in a query. */
export function selectorsIn(query: string): string[] {
  return query.match(/\b[a-z_]+\{[^}]*\}/g) ?? []
}
