import type { Finding } from '../finding.js'

const name = 'clock'
/** From here on `/health` warns too. */
const tolerableSeconds = 30
/** Beyond it tokens that are valid are refused, and expired ones pass. */
const harmfulSeconds = 300

/** What it means that FinAuth's clock is `skewSeconds` ahead of ours; `null` where no answer told. */
export function judgeClock(skewSeconds: number | null): Finding {
  if (skewSeconds === null) {
    const advice = 'Mend the call to FinAuth first; its answers tell the time.'
    return { status: 'warn', name, detail: 'could not be compared with FinAuth’s', advice }
  }
  const seconds = Math.round(Math.abs(skewSeconds))
  if (seconds < 2) return { status: 'ok', name, detail: 'agrees with FinAuth’s' }
  const detail = `${seconds} s ${skewSeconds > 0 ? 'behind' : 'ahead of'} FinAuth’s`
  if (seconds <= tolerableSeconds) return { status: 'ok', name, detail }
  const advice = 'Synchronise this machine’s time: signatures are corrected for it, the expiry of tokens is not.'
  return { status: seconds > harmfulSeconds ? 'FAIL' : 'warn', name, detail, advice }
}
