import { element } from './element.js'

export interface PageTurner {
  /** The cursor of the page looked at; `null` for the first. */
  cursor(): string | null
  reset(): void
  show(page: { readonly total: number; readonly count: number; readonly nextCursor: string | null }): void
}

/** Previous and next. The way back is remembered, as cursors lead forward alone. */
export function pageTurner({ onTurn }: { onTurn: () => void }): PageTurner {
  const previous = element('#previous', HTMLButtonElement)
  const next = element('#next', HTMLButtonElement)
  const position = element('#position', HTMLElement)
  let trail: { cursor: string; before: number }[] = []
  let ahead: string | null = null
  let count = 0

  previous.addEventListener('click', () => {
    trail.pop()
    onTurn()
  })
  next.addEventListener('click', () => {
    if (ahead === null) return
    trail.push({ cursor: ahead, before: (trail.at(-1)?.before ?? 0) + count })
    ahead = null
    onTurn()
  })
  return {
    cursor: () => trail.at(-1)?.cursor ?? null,
    reset() {
      trail = []
      ahead = null
    },
    show(page) {
      ahead = page.nextCursor
      count = page.count
      const before = trail.at(-1)?.before ?? 0
      previous.disabled = trail.length === 0
      next.disabled = ahead === null
      position.textContent = count === 0 ? '' : `${before + 1}–${before + count} of ${page.total}`
    },
  }
}
