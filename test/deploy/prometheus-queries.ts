import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '../..')
export const prometheusDirectory = join(root, 'deploy/prometheus')

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

export function alertRules(): AlertRule[] {
  const { groups } = parse(readFileSync(join(prometheusDirectory, 'alerts.yml'), 'utf8')) as {
    groups: { rules: AlertRule[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[]
}

/** Every query of the dashboard, with Grafana's own interval filled in. */
export function dashboardQueries(): string[] {
  const { panels } = JSON.parse(readFileSync(join(root, 'deploy/grafana/dashboard.json'), 'utf8')) as {
    panels: Panel[]
  }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')))
}

/** The metrics a query selects, without the suffixes of a histogram; `up` is Prometheus's own. */
export function metricsNamedIn(query: string): string[] {
  const selected = [...query.matchAll(/\b([a-z_]+)(?=\{)/g)].map(([, name = '']) => name)
  return selected.filter((name) => name !== 'up').map((name) => name.replace(/_(bucket|count|sum)$/, ''))
}

/** Every `metric{…}` in a query. */
export function selectorsIn(query: string): string[] {
  return query.match(/\b[a-z_]+\{[^}]*\}/g) ?? []
}
