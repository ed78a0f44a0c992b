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

/** Creates the findings of one name. */
export function findingsOn(name: string) {
  return {
    ok: (detail: string): Finding => ({ status: 'ok', name, detail }),
    warn: (detail: string, advice: string): Finding => ({ status: 'warn', name, detail, advice }),
    fail: (detail: string, advice: string): Finding => ({ status: 'FAIL', name, detail, advice }),
  }
}

/** The worst status of all findings. */
export function overallStatus(findings: readonly Finding[]): Status {
  const has = (status: Status) => findings.some((finding) => finding.status === status)
  return has('FAIL') ? 'FAIL' : has('warn') ? 'warn' : 'ok'
}

const colours: Readonly<Record<Status, number>> = { ok: 32, warn: 33, FAIL: 31 }

/** One line: the status (in colour if requested), the name, the detail and the advice. */
export function renderFinding({ status, name, detail, advice }: Finding, { colour }: { colour: boolean }): string {
  const padded = status.padEnd(4)
  const mark = colour ? `\u001B[${colours[status]}m${padded}\u001B[0m` : padded
  return `${mark}  ${name.padEnd(27)}  ${detail}${advice === undefined ? '' : ` → ${advice}`}\n`
}

/** The last line. */
export function renderSummary(findings: readonly Finding[]): string {
  const count = (status: Status) => `${findings.filter((finding) => finding.status === status).length} ${status}`
  const verdict = overallStatus(findings) === 'FAIL' ? 'Not fit to run' : 'Fit to run'
  return `\n${verdict}: ${count('ok')}, ${count('warn')}, ${count('FAIL')}\n`
}
