import { element, numbers } from './dom.js'
import { parameter, type View } from './view.js'

/** A page in the address: its cursor, empty for the first page, and how many libraries precede it. */
interface Place extends Readonly<Record<string, string>> {
  readonly cursor: string
  readonly before: string
}

/** Calls `onTurn` with the page to show and the pages before it, because a cursor does not lead back. */
export function pager(onTurn: (place: Place, trail: readonly Place[]) => void) {
  const first = element('#first', HTMLButtonElement)
  const previous = element('#previous', HTMLButtonElement)
  const next = element('#next', HTMLButtonElement)
  let here: Place = { cursor: '', before: '' }
  let ahead: Place = here

  first.addEventListener('click', () => onTurn({ cursor: '', before: '' }, []))
  previous.addEventListener('click', () => {
    const trail = trailHere()
    const place = trail.at(-1)
    if (place) onTurn(place, trail.slice(0, -1))
  })
  next.addEventListener('click', () => onTurn(ahead, [...trailHere(), here]))
  return {
    show(view: View, { total, count, nextCursor }: { total: number; count: number; nextCursor: string | null }): void {
      here = { cursor: parameter(view, 'cursor'), before: parameter(view, 'before') }
      const before = Number(here.before) || 0
      ahead = { cursor: nextCursor ?? '', before: String(before + count) }
      first.disabled = here.cursor === ''
      previous.disabled = trailHere().length === 0
      next.disabled = nextCursor === null
      const range = `${numbers.format(before + 1)}–${numbers.format(before + count)}`
      element('#position', HTMLElement).textContent = count === 0 ? '' : `${range} of ${numbers.format(total)}`
    },
  }
}

/** Kept in the history entry, which survives a reload. A shared link has no trail. */
function trailHere(): readonly Place[] {
  const { trail } = (history.state ?? {}) as { readonly trail?: readonly Place[] }
  return trail ?? []
}
