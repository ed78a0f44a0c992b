import type { Finding } from '../finding.js'

const name = 'clock'
/** `/health` warns beyond this too. */
const tolerableSeconds = 30
/** Beyond this, valid tokens are rejected and expired ones accepted. */
const harmfulSeconds = 300

/** Evaluates how far FinAuth's clock is ahead of ours; `null` if no answer had a `Date`. */
export function evaluateClock(skewSeconds: number | null): Finding {
  if (skewSeconds === null) {
    const advice = 'Fix the call to FinAuth first: its answers carry the time.'
    return { status: 'warn', name, detail: 'not compared with FinAuth’s', advice }
  }
  const seconds = Math.round(Math.abs(skewSeconds))
  if (seconds < 2) return { status: 'ok', name, detail: 'agrees with FinAuth’s' }
  const detail = `${seconds} s ${skewSeconds > 0 ? 'behind' : 'ahead of'} FinAuth’s`
  if (seconds <= tolerableSeconds) return { status: 'ok', name, detail }
  const advice = 'Synchronise this machine’s clock: signatures are corrected for the skew, token expiry is not.'
  return { status: seconds > harmfulSeconds ? 'FAIL' : 'warn', name, detail, advice }
}
