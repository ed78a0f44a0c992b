import { performance } from 'node:perf_hooks'
import { nextTurn } from '../turn.js'

/**
 * Work on a long list, cut into steps of well under a millisecond: it pauses at each `yield` and returns the result.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>

const turnMs = 1

/** Takes all steps without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Takes the steps about a millisecond at a time and lets the event loop turn in between. Rejects with what a step throws. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  let until = performance.now() + turnMs
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + turnMs
  }
}
