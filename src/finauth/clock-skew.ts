import type { Clock } from '../clock.js'
import { parseHttpDate } from './http-date.js'

export interface ClockSkew {
  /**
   * Vendor's clock minus ours in seconds, from the `Date` (RFC 9110) of a response that arrives now, taken to be
   * written in the middle of a call of `durationMs`; `null` where there is no readable one.
   */
  measure(dateHeader: string | undefined, durationMs: number): number | null
  /** Signs by the vendor's clock from now on, kept up to date with every measurement. */
  apply(): void
  /** The time to sign with, in whole Unix seconds. */
  nowSeconds(): number
}

/** Measures always, but trusts only our own clock until `apply()` is called: a `Date` may come from a proxy. */
export function createClockSkew(clock: Pick<Clock, 'wallMs'>): ClockSkew {
  let measuredMs = 0
  let applied = false
  return {
    measure(dateHeader, durationMs) {
      const date = dateHeader === undefined ? null : parseHttpDate(dateHeader)
      if (date === null) return null
      // `Date` is cut to whole seconds: on average half a second has passed since.
      measuredMs = date + 500 - (clock.wallMs() - durationMs / 2)
      return measuredMs / 1000
    },
    apply() {
      applied = true
    },
    nowSeconds: () => Math.floor((clock.wallMs() + (applied ? measuredMs : 0)) / 1000),
  }
}
