import { FaceGroupsProblem } from './face-groups-problem.js'

/** Whether the page is visible to its user. */
export interface PageVisibility {
  isHidden(): boolean
  /** Calls `listener` on each change until `signal` aborts. */
  onChange(listener: () => void, signal: AbortSignal): void
}

export interface WatchOptions<T> {
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Called with the first answer and with each answer whose content changed. */
  readonly onChange: (answer: T) => void
  /** Called with every answer, changed or not, for example to show its age. */
  readonly onAnswer?: (answer: T) => void
  /** Called when a request fails; the watch continues with longer pauses. */
  readonly onProblem?: (problem: FaceGroupsProblem) => void
  /** Milliseconds between two requests. Default 30 000. */
  readonly intervalMs?: number
  /** Milliseconds between two requests while the tab is hidden. Default 300 000. */
  readonly hiddenIntervalMs?: number
  /** Default: the browser tab's visibility (Page Visibility API); outside a browser never hidden. */
  readonly visibility?: PageVisibility
}

interface Watchable {
  readonly facts: { readonly changed: boolean; readonly etag: string | null }
}

const maxBackoffMs = 300_000

/**
 * Polls `ask`. A tab that becomes visible again polls immediately if a request is due. After a failure the pause
 * doubles, up to five minutes, and is never shorter than the service's `Retry-After`. Resolves when `signal` aborts.
 * Rejects with the error that a callback throws.
 */
export async function watch<T extends Watchable>(
  ask: (signal: AbortSignal) => Promise<T>,
  options: WatchOptions<T>,
): Promise<void> {
  const { signal, onChange, onAnswer, onProblem, intervalMs = 30_000, hiddenIntervalMs = 300_000 } = options
  const { visibility = tabVisibility } = options
  let latest: Watchable | undefined
  let failures = 0
  while (!signal.aborted) {
    let retryAfterMs = 0
    const outcome = await ask(signal).catch((error: unknown) => {
      if (error instanceof FaceGroupsProblem) return error
      if (signal.aborted) return undefined
      throw error
    })
    if (signal.aborted || outcome === undefined) return
    if (outcome instanceof FaceGroupsProblem) {
      failures++
      retryAfterMs = (outcome.retryAfterSeconds ?? 0) * 1000
      onProblem?.(outcome)
    } else {
      failures = 0
      onAnswer?.(outcome)
      if (differs(latest, outcome)) onChange(outcome)
      latest = outcome
    }
    const visibleMs = Math.max(retryAfterMs, Math.min(intervalMs * 2 ** failures, Math.max(maxBackoffMs, intervalMs)))
    const hiddenMs = Math.max(visibleMs, hiddenIntervalMs)
    await pause(signal, visibility, () => (visibility.isHidden() ? hiddenMs : visibleMs))
  }
}

/** Compares with this watch's previous answer: `facts.changed` also covers other calls of the same client. */
function differs(latest: Watchable | undefined, { facts }: Watchable): boolean {
  if (!latest) return true
  return facts.etag === null ? facts.changed : facts.etag !== latest.facts.etag
}

/** A timer for longer fires immediately. */
const maxTimerMs = 2 ** 31 - 1

/** Resolves `durationMs()` after its start, asked again whenever the visibility changes, or on abort. */
function pause(signal: AbortSignal, visibility: PageVisibility, durationMs: () => number): Promise<void> {
  const startedAt = performance.now()
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    function rearm(): void {
      clearTimeout(timer)
      const restMs = startedAt + durationMs() - performance.now()
      if (restMs <= 0) end()
      else timer = setTimeout(rearm, Math.min(restMs, maxTimerMs))
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

declare const document:
  | {
      readonly hidden: boolean
      addEventListener(type: 'visibilitychange', listener: () => void, options: { signal: AbortSignal }): void
    }
  | undefined

const tabVisibility: PageVisibility = {
  isHidden: () => typeof document !== 'undefined' && document.hidden,
  onChange(listener, signal) {
    if (typeof document !== 'undefined') document.addEventListener('visibilitychange', listener, { signal })
  },
}
