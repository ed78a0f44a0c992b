import { createLeakCanary, type LeakCanary } from '../support/leak-canary.js'

/** A canary that can judge what it has and forget it: hours of answers do not fit into memory. */
export interface RenewableCanary extends LeakCanary {
  /** `leaks()` of what was recorded since the last time. */
  judgeAndForget(): string[]
}

export function createRenewableCanary(): RenewableCanary {
  const secrets: [what: string, secret: string][] = []
  let current = createLeakCanary()
  return {
    record: (where, text) => current.record(where, text),
    recorded: () => current.recorded(),
    leaks: () => current.leaks(),
    forbid(what, secret) {
      secrets.push([what, secret])
      current.forbid(what, secret)
    },
    judgeAndForget() {
      const leaks = current.leaks()
      current = createLeakCanary()
      for (const [what, secret] of secrets) current.forbid(what, secret)
      return leaks
    },
  }
}
