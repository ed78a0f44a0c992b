import { setImmediate as nextIteration } from 'node:timers/promises'

/** How many rows a loop over a long list processes before it yields. */
export const rowsPerYield = 1000

/** Resolves after the event loop has handled what is pending, so that a long loop does not delay requests. */
export function yieldToEventLoop(): Promise<void> {
  return nextIteration()
}
