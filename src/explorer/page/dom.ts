/** The page's element for a selector, of the given kind. Throws if there is none. */
export function element<E extends Element>(selector: string, kind: new () => E, within: ParentNode = document): E {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} at ${selector}`)
}

const timestamps = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const exactTimestamps = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })
/** Formats numbers with the reader's separators. */
export const numbers = new Intl.NumberFormat()

/**
 * Shows a timestamp (RFC 3339) as `text`, by default in the reader's locale; the tooltip shows it with the time zone.
 */
export function showTimestamp(target: HTMLElement, timestamp: string | null, text?: string): void {
  const date = timestamp === null ? null : new Date(timestamp)
  target.textContent = text ?? (date === null ? 'Unknown' : timestamps.format(date))
  target.title = date === null ? '' : exactTimestamps.format(date)
}

/** Makes each button of the class `copy` copy the preceding text and show the outcome for two seconds. */
export function useCopyButtons(): void {
  addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('.copy') : null
    const label = button?.firstElementChild
    if (label) void copy(button.previousElementSibling?.textContent ?? '', label)
  })
}

async function copy(text: string, label: Element): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    label.textContent = 'Copied'
  } catch {
    label.textContent = 'Not copied'
  }
  setTimeout(() => (label.textContent = 'Copy'), 2000)
}

/** Calls `onTick` with the whole seconds left, now and every second down to 0. Returns a function that stops it. */
export function countdown(seconds: number, onTick: (left: number) => void): () => void {
  const endsAt = performance.now() + seconds * 1000
  const timer = setInterval(tick, 1000)
  function tick(): void {
    const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000))
    if (left === 0) clearInterval(timer)
    onTick(left)
  }
  tick()
  return () => clearInterval(timer)
}
