/** `warn`: the service runs, but not as well or as safely as it could. `FAIL`: something it needs does not work. */
export type Status = 'ok' | 'warn' | 'FAIL'

/** One line of the doctor's report. Never contains a secret. */
export interface Finding {
  readonly status: Status
  /** What was checked, in a word or two. */
  readonly name: string
  /** The result. */
  readonly detail: string
  /** What to do about it; absent if the check passed. */
  readonly advice?: string
}

/** One check. If `signal` aborts before it has ended, it counts as failed. */
export interface Check {
  /** Names the finding of a check that times out or throws. */
  readonly name: string
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/** The worst status of all findings. */
export function overallStatus(findings: readonly Finding[]): Status {
  const has = (status: Status) => findings.some((finding) => finding.status === status)
  return has('FAIL') ? 'FAIL' : has('warn') ? 'warn' : 'ok'
}
