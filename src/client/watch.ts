import { FaceGroupsProblem } from './face-groups-problem.js'
import { type PageVisibility, tabVisibility } from './page-visibility.js'

export interface WatchOptions<T> {
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Called with the first answer and with each whose content changed. */
  readonly onChange: (answer: T) => void
  /** Called with every answer, changed or not: for showing its age. */
  readonly onAnswer?: (answer: T) => void
  /** Called when a check fails; the watch goes on, more slowly. */
  readonly onProblem?: (problem: FaceGroupsProblem) => void
  /** Between two checks. Default 30 000. */
  readonly intervalMs?: number
  /** Between two checks while the tab is hidden. Default 300 000. */
  readonly hiddenIntervalMs?: number
  /** Default: the browser tab's; outside a browser never hidden. */
  readonly visibility?: PageVisibility
}

interface Watchable {
  readonly facts: { readonly changed: boolean; readonly etag: string | null }
}

const slowestMs = 300_000

/**
 * Asks again and again. A tab that comes back into sight asks at once if a check is due by then. After a failure
 * the pause doubles, up to five minutes, or is what the service asked for. Resolves when `signal` aborts; rejects with
 * what a callback throws.
 */
export async function watch<T extends Watchable>(
  ask: (signal: AbortSignal) => Promise<T>,
  options: WatchOptions<T>,
): Promise<void> {
  const { signal, onChange, onAnswer, onProblem, intervalMs = 30_000, hiddenIntervalMs = 300_000 } = options
  const { visibility = tabVisibility } = options
  let shown: Watchable | undefined
  let failures = 0
  while (!signal.aborted) {
    let retryAfterMs = 0
    const outcome = await attempt(ask, signal)
    if (signal.aborted) return
    if (outcome instanceof FaceGroupsProblem) {
      failures++
      retryAfterMs = (outcome.retryAfterSeconds ?? 0) * 1000
      onProblem?.(outcome)
    } else {
      failures = 0
      onAnswer?.(outcome)
      if (differs(shown, outcome)) onChange(outcome)
      shown = outcome
    }
    const calmMs = Math.max(retryAfterMs, Math.min(intervalMs * 2 ** failures, Math.max(slowestMs, intervalMs)))
    await pause({ signal, visibility, visibleMs: calmMs, hiddenMs: Math.max(calmMs, hiddenIntervalMs) })
  }
}

/** By what this watch showed last: what changed since may have come to the client by another call. */
function differs(shown: Watchable | undefined, { facts }: Watchable): boolean {
  if (!shown) return true
  return facts.etag === null ? facts.changed : facts.etag !== shown.facts.etag
}

async function attempt<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T | FaceGroupsProblem> {
  try {
    return await ask(signal)
  } catch (error) {
    if (error instanceof FaceGroupsProblem) return error
    if (signal.aborted) return new FaceGroupsProblem({ code: 'unreachable', status: 0, title: '', detail: '' })
    throw error
  }
}

interface Pause {
  readonly signal: AbortSignal
  readonly visibility: PageVisibility
  readonly visibleMs: number
  readonly hiddenMs: number
}

/** Resolves after the time that fits the tab's visibility, counted from the start of the pause, or on abort. */
function pause({ signal, visibility, visibleMs, hiddenMs }: Pause): Promise<void> {
  const startedAt = performance.now()
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    function rearm(): void {
      clearTimeout(timer)
      const total = visibility.isHidden() ? hiddenMs : visibleMs
      timer = setTimeout(end, Math.max(0, startedAt + total - performance.now()))
    }
    function end(): void {
      clearTimeout(timer)
      over.abort()
      resolve()
    }
    signal.addEventListener('abort', end, { once: true, signal: over.signal })
    visibility.onChange(rearm, either)
    if (signal.aborted) end()
    else rearm()
  })
}
