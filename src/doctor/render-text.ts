import { type Finding, overallStatus, type Status } from './finding.js'

const colours: Readonly<Record<Status, number>> = { ok: 32, warn: 33, FAIL: 31 }
const nameWidth = 27

/** One line: the status (in colour if requested), the name, the detail and the advice. */
export function renderFinding({ status, name, detail, advice }: Finding, { colour }: { colour: boolean }): string {
  const padded = status.padEnd(4)
  const mark = colour ? `\u001B[${colours[status]}m${padded}\u001B[0m` : padded
  return `${mark}  ${name.padEnd(nameWidth)}  ${detail}${advice === undefined ? '' : ` → ${advice}`}\n`
}

/** The last line. */
export function renderSummary(findings: readonly Finding[]): string {
  const number = (status: Status) => findings.filter((finding) => finding.status === status).length
  const counts = `${number('ok')} ok, ${number('warn')} warn, ${number('FAIL')} FAIL`
  return `\n${overallStatus(findings) === 'FAIL' ? 'Not fit to run' : 'Fit to run'}: ${counts}\n`
}
