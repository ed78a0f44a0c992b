import type { FaceGroup } from '@face-groups/client'
import { element, textOrDash } from './element.js'
import { type Sort, sortBy } from './view-state.js'

export interface GroupTable {
  show(groups: readonly FaceGroup[]): void
  showSort(sort: Sort): void
  setBusy(busy: boolean): void
}

export interface GroupTableOptions {
  readonly onOpen: (group: FaceGroup) => void
  readonly onSort: (choose: (current: Sort) => Sort) => void
}

export const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export function groupTable({ onOpen, onSort }: GroupTableOptions): GroupTable {
  const table = element('table', HTMLTableElement)
  const body = element('tbody', HTMLTableSectionElement, table)
  const template = element('#row', HTMLTemplateElement)
  const columns = [...table.querySelectorAll<HTMLTableCellElement>('th[data-sort]')]
  for (const column of columns) {
    const field = column.dataset['sort'] ?? ''
    column.firstElementChild?.addEventListener('click', () => onSort((current) => sortBy(field, current)))
  }

  function row(group: FaceGroup): DocumentFragment {
    const made = document.importNode(template.content, true)
    const open = element('.open', HTMLButtonElement, made)
    open.textContent = textOrDash(group.name)
    open.addEventListener('click', () => onOpen(group))
    element('.id', HTMLElement, made).textContent = textOrDash(group.id)
    prepareCopy(element('.copy', HTMLButtonElement, made), group.id)
    element('.model', HTMLElement, made).textContent = textOrDash(group.modelVersion)
    const time = element('time', HTMLTimeElement, made)
    time.dateTime = group.createdAt ?? ''
    time.textContent = group.createdAt === null ? 'unknown' : momentFormat.format(new Date(group.createdAt))
    return made
  }

  return {
    show(groups) {
      const focused = [...body.querySelectorAll('button')].findIndex((button) => button === document.activeElement)
      body.replaceChildren(...groups.map(row))
      if (focused !== -1) body.querySelectorAll('button')[focused]?.focus()
    },
    showSort(sort) {
      for (const column of columns) {
        const field = column.dataset['sort']
        if (sort === field) column.ariaSort = 'ascending'
        else if (sort === `-${field}`) column.ariaSort = 'descending'
        else column.removeAttribute('aria-sort')
      }
    },
    setBusy(busy) {
      table.ariaBusy = String(busy)
    },
  }
}

function prepareCopy(button: HTMLButtonElement, id: string | null): void {
  button.hidden = id === null
  if (id === null) return
  button.ariaLabel = `Copy the id ${id}`
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(id).then(
      () => (button.textContent = 'Copied'),
      () => (button.textContent = 'Could not copy'),
    )
  })
}
