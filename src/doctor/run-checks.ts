import { type Clock, systemClock } from '../clock.js'
import { withDeadline } from '../deadline.js'
import type { Check, Finding } from './finding.js'

export interface RunChecksOptions {
  /** For each check; all run concurrently. Default 15000. */
  readonly timeLimitMs?: number
  readonly clock?: Clock
}

/**
 * Runs the checks concurrently and yields their findings in the order of the checks, each as soon as it and all
 * before it are known. Never rejects: a check that hangs or throws becomes a finding.
 */
export async function* runChecks(
  checks: readonly Check[],
  { timeLimitMs = 15_000, clock = systemClock }: RunChecksOptions = {},
): AsyncGenerator<Finding, void, undefined> {
  const running = checks.map((check) => runWithLimit(check, timeLimitMs, clock))
  for (const findings of running) yield* await findings
}

async function runWithLimit(check: Check, timeLimitMs: number, clock: Clock): Promise<readonly Finding[]> {
  const { name } = check
  const runSafely = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    try {
      return await check.run(signal)
    } catch (error) {
      // An unexpected error may contain anything, so only its kind is shown.
      const kind = error instanceof Error ? error.name : typeof error
      return [
        {
          status: 'FAIL',
          name,
          detail: `the check failed unexpectedly (${kind})`,
          advice: 'Please report this as a bug.',
        },
      ]
    }
  }
  return withDeadline(runSafely, timeLimitMs, { clock }).catch(() => [
    { status: 'FAIL', name, detail: `timed out after ${timeLimitMs / 1000} s`, advice: hanging },
  ])
}

const hanging = 'Something accepts connections but does not answer: check firewalls and proxies.'
