import type { Clock } from '../clock.js'

export interface AttemptSignal {
  readonly signal: AbortSignal
  /** Lets go of the timer and of the signals followed. */
  release(): void
}

/**
 * A signal that aborts after `timeoutMs` or with any of `sources`. `AbortSignal.any` would do, but on Node 20 it leaves
 * something behind on sources that live as long as the process.
 */
export function createAttemptSignal(
  clock: Pick<Clock, 'sleep'>,
  timeoutMs: number,
  sources: readonly (AbortSignal | undefined)[],
): AttemptSignal {
  const controller = new AbortController()
  const timer = new AbortController()
  const abort = () => controller.abort()
  for (const source of sources) {
    if (source?.aborted) abort()
    source?.addEventListener('abort', abort, { once: true })
  }
  clock.sleep(timeoutMs, timer.signal).then(abort, () => {})
  return {
    signal: controller.signal,
    release() {
      timer.abort()
      for (const source of sources) source?.removeEventListener('abort', abort)
    },
  }
}
