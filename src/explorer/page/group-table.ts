import type { FaceGroup } from '@face-groups/client'
import { element, showTimestamp, useCopyButtons } from './dom.js'

/** The rows and the sortable headers. Calls `onSort` with the field of the chosen header. */
export function groupTable(onSort: (field: string) => void) {
  const table = element('table', HTMLTableElement)
  const body = element('tbody', HTMLTableSectionElement, table)
  const template = element('#row', HTMLTemplateElement)
  const columns = [...table.querySelectorAll<HTMLTableCellElement>('th[data-sort]')]
  let shown = new Set<string>()
  for (const column of columns) {
    column.firstElementChild?.addEventListener('click', () => onSort(column.dataset['sort'] ?? ''))
  }
  useCopyButtons()
  addEventListener('keydown', (event) => moveOnKey(event, body))

  function row(group: FaceGroup, isMarked: boolean): DocumentFragment {
    const made = document.importNode(template.content, true)
    element('tr', HTMLElement, made).classList.toggle('changed', isMarked)
    element('.open', HTMLButtonElement, made).addEventListener('click', () => openGroup(group))
    fill(group, made)
    return made
  }
  return {
    /** With `mark`, new and changed rows are highlighted for a moment. */
    show(groups: readonly FaceGroup[], { mark = false } = {}): void {
      const focused = [...body.querySelectorAll('button')].findIndex((button) => button === document.activeElement)
      const before = shown
      shown = new Set(groups.map((group) => JSON.stringify(group)))
      body.replaceChildren(...groups.map((group) => row(group, mark && !before.has(JSON.stringify(group)))))
      if (focused !== -1) body.querySelectorAll('button')[focused]?.focus()
    },
    setBusy(busy: boolean): void {
      table.ariaBusy = String(busy)
    },
    showSort(sort: string): void {
      for (const column of columns) {
        const field = column.dataset['sort']
        column.ariaSort = sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : 'none'
      }
    },
  }
}

/** Shows all fields of one group. The heading gets the focus, so that a screen reader starts there. */
function openGroup(group: FaceGroup): void {
  const dialog = element('#group', HTMLDialogElement)
  fill(group, dialog)
  dialog.showModal()
  dialog.scrollTop = 0
}

function fill(group: FaceGroup, into: ParentNode): void {
  for (const field of ['name', 'id', 'description', 'modelVersion'] as const) {
    const target = into.querySelector<HTMLElement>(`[data-field=${field}]`)
    // The tooltip shows the full text if it is cut off.
    if (target) target.textContent = target.title = group[field] || '–'
  }
  showTimestamp(element('[data-field=createdAt]', HTMLElement, into), group.createdAt)
  element('.copy', HTMLButtonElement, into).hidden = group.id === null
}

/**
 * `/` focuses the search, the arrow keys move between rows. Enter and Esc work natively: a name is a button, and a
 * dialog closes on Esc.
 */
function moveOnKey(event: KeyboardEvent, body: HTMLTableSectionElement): void {
  const { key, target } = event
  const search = element('#q', HTMLInputElement)
  const isField = target instanceof HTMLInputElement || target instanceof HTMLSelectElement
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
  if (key === '/' && !isField) {
    event.preventDefault()
    search.select()
  }
  if ((key !== 'ArrowDown' && key !== 'ArrowUp') || (isField && target !== search)) return
  const rows = [...body.rows]
  const at = rows.findIndex((row) => row.contains(document.activeElement))
  const row = key === 'ArrowDown' ? rows[at + 1] : rows[Math.max(at, 0) - 1]
  if (!row) return
  event.preventDefault()
  element('.open', HTMLButtonElement, row).focus()
}
