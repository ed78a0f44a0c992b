/** `warn`: the service runs, but not as well or as safely as it could. `FAIL`: something it needs does not work. */
export type Status = 'ok' | 'warn' | 'FAIL'

/** One line of the doctor's list. No member ever holds a secret. */
export interface Finding {
  readonly status: Status
  /** What was looked at, in a word or two. */
  readonly name: string
  /** What was found. */
  readonly detail: string
  /** What to do about it; absent where all is well. */
  readonly advice?: string
}

/** Looks at one thing. What it has not found out when `signal` aborts counts as not working. */
export interface Check {
  /** Stands in the line of a check that comes to no end of its own. */
  readonly name: string
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/** The worst of all. */
export function overallStatus(findings: readonly Finding[]): Status {
  const has = (status: Status) => findings.some((finding) => finding.status === status)
  return has('FAIL') ? 'FAIL' : has('warn') ? 'warn' : 'ok'
}
