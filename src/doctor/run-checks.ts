import { type Clock, systemClock } from '../clock.js'
import { withDeadline } from '../deadline.js'
import type { Check, Finding } from './finding.js'

export interface RunChecksOptions {
  /** For each check, all of them running at the same time. Default 15000. */
  readonly timeLimitMs?: number
  readonly clock?: Clock
}

/**
 * Runs the checks side by side and gives their findings in the order of the checks, each as soon as it and all
 * before it are known. Never rejects: a check that hangs or fails by itself is a finding.
 */
export async function* runChecks(
  checks: readonly Check[],
  { timeLimitMs = 15_000, clock = systemClock }: RunChecksOptions = {},
): AsyncGenerator<Finding, void, undefined> {
  const running = checks.map((check) => settle(check, timeLimitMs, clock))
  for (const findings of running) yield* await findings
}

async function settle(check: Check, timeLimitMs: number, clock: Clock): Promise<readonly Finding[]> {
  const { name } = check
  const runSafely = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    try {
      return await check.run(signal)
    } catch (error) {
      // An unexpected error may quote anything, so only its kind is shown.
      const kind = error instanceof Error ? error.name : typeof error
      return [{ status: 'FAIL', name, detail: `the check broke down (${kind})`, advice: 'Report this as a fault.' }]
    }
  }
  return withDeadline(runSafely, timeLimitMs, { clock }).catch(() => [
    { status: 'FAIL', name, detail: `nothing known after ${timeLimitMs / 1000} s`, advice: hanging },
  ])
}

const hanging = 'Something in between takes connections and does not answer: look at firewalls and proxies.'
