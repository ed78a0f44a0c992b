import type { FaceGroup, ListQuery } from '@face-groups/client'
import { element } from './dom.js'

/**
 * The state of the page, as the parameters of its address, so that a reload, the back button and a shared link restore
 * it. `from` and `to` are local dates, both inclusive; `before` is how many libraries precede the page.
 */
export type View = URLSearchParams

export const filters = ['q', 'modelVersion', 'from', 'to'] as const
const typingDelayMs = 250
const defaults: Readonly<Record<string, string>> = { sort: '-createdAt', limit: '25' }

export function parameter(view: View, name: string): string {
  return view.get(name) ?? defaults[name] ?? ''
}

/** The view with these changes, at its first page unless they name another. Defaults are omitted. */
export function change(view: View, changes: Readonly<Record<string, string>>): View {
  const changed = new URLSearchParams(view)
  for (const [name, value] of Object.entries({ cursor: '', before: '', ...changes })) {
    if (value === '' || value === defaults[name]) changed.delete(name)
    else changed.set(name, value)
  }
  return changed
}

export function isFiltered(view: View): boolean {
  return filters.some((name) => view.has(name))
}

/** The API's query for a view. Malformed values are passed on, so that the API explains them. */
export function toQuery(view: View): ListQuery {
  const query: Record<string, string | number> = { limit: Number(parameter(view, 'limit')) }
  for (const name of ['sort', 'q', 'modelVersion', 'cursor']) {
    const value = parameter(view, name)
    if (value !== '') query[name] = value
  }
  if (view.has('from')) query['createdAfter'] = startOf(parameter(view, 'from'), 0)
  if (view.has('to')) query['createdBefore'] = startOf(parameter(view, 'to'), 1)
  return query
}

/** When the day `days` after a local date begins, in UTC. */
function startOf(date: string, days: number): string {
  const start = new Date(`${date}T00:00`)
  start.setDate(start.getDate() + days)
  return Number.isNaN(start.getTime()) ? date : start.toISOString()
}

/** Search, filters, order and page size; each field is named after its parameter. Calls `onChange` with all values. */
export function queryForm(onChange: (parameters: Record<string, string>) => void) {
  const form = element('#query', HTMLFormElement)
  const versions = element('#model-versions', HTMLDataListElement)
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLSelectElement>('#query [name], [form=query]')]
  let timer: ReturnType<typeof setTimeout> | undefined

  form.addEventListener('submit', (event) => event.preventDefault())
  document.addEventListener('input', ({ target }) => {
    if (!fields.some((field) => field === target)) return
    clearTimeout(timer)
    const read = () => onChange(Object.fromEntries(fields.map(({ name, value }) => [name, value])))
    timer = setTimeout(read, typingDelayMs)
  })
  return {
    show(view: View): void {
      clearTimeout(timer)
      for (const field of fields) {
        const value = parameter(view, field.name)
        if (field.value !== value) field.value = value
        if (field instanceof HTMLSelectElement && field.value !== value) field.add(new Option(value, value, true, true))
      }
    },
    /** Adds the model versions of these groups to the suggestions. */
    suggest(groups: readonly FaceGroup[]): void {
      const seen = [...versions.options].map(({ value }) => value)
      const all = new Set([...seen, ...groups.map(({ modelVersion }) => modelVersion)])
      if (all.size > seen.length) versions.replaceChildren(...[...all].map((version) => new Option(version)))
    },
  }
}
