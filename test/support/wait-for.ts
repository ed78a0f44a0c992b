import { setTimeout as delay } from 'node:timers/promises'

type NotYet = false | null | undefined

/**
 * Calls `condition` every few milliseconds until it returns something other than `false`, `null` or `undefined`, and
 * resolves with that. Rejects with the condition's source after `timeoutMs`, and immediately if `condition` throws.
 */
export async function waitFor<T>(
  condition: () => Promise<T | NotYet> | T | NotYet,
  { timeoutMs = 15_000, intervalMs = 5 } = {},
): Promise<T> {
  const timeoutAt = performance.now() + timeoutMs
  for (;;) {
    const answer = await condition()
    if (answer !== false && answer !== null && answer !== undefined) return answer
    if (performance.now() > timeoutAt) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`)
    await delay(intervalMs)
  }
}
