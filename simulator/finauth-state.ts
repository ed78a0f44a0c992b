import type { Clock } from '../src/clock.js'
import { type Account, type Accounts, createAccounts } from './accounts.js'
import type { Behaviour } from './behaviour.js'
import { type BehaviourScript, createBehaviourScript } from './behaviour-script.js'
import { type CallCounts, createCallCounts } from './call-counts.js'
import { createLibraryList, type Libraries, type LibraryList } from './library-list.js'

export interface FinAuthStateOptions {
  readonly accounts: readonly Account[]
  readonly libraries: Libraries
  readonly behaviour: Behaviour | string
  readonly clockOffsetSeconds: number
  readonly clock: Clock
}

/** Everything a simulated FinAuth knows, and that can be changed while it runs. */
export interface FinAuthState {
  readonly accounts: Accounts
  readonly counts: CallCounts
  readonly script: BehaviourScript
  readonly libraries: LibraryList
  /** FinAuth's own clock, Unix milliseconds. */
  nowMs(): number
  /** How far FinAuth's clock is ahead of this machine's; negative for behind. */
  setClockOffset(seconds: number): void
  /** Back to the start: accounts, libraries, behaviour, clock; counts and signatures seen forgotten. */
  reset(): void
}

export function createFinAuthState(options: FinAuthStateOptions): FinAuthState {
  const accounts = createAccounts(options.accounts)
  const counts = createCallCounts()
  const script = createBehaviourScript(options.behaviour)
  const libraries = createLibraryList(options.libraries)
  let offsetSeconds = options.clockOffsetSeconds
  return {
    accounts,
    counts,
    script,
    libraries,
    nowMs: () => options.clock.wallMs() + offsetSeconds * 1000,
    setClockOffset(seconds) {
      offsetSeconds = seconds
    },
    reset() {
      accounts.reset()
      counts.reset()
      script.reset()
      libraries.set(options.libraries)
      offsetSeconds = options.clockOffsetSeconds
    },
  }
}
