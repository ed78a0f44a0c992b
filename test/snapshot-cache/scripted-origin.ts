import type { RefreshFailure } from '../../src/snapshot-cache/types.js'

/** A failure of the scripted origin. */
class OriginError extends Error {
  override readonly name = 'OriginError'
  readonly failure: RefreshFailure

  constructor(failure: RefreshFailure) {
    super('secret text of the origin')
    this.failure = failure
  }
}

export interface ScriptedOrigin {
  /** Counts up: the value tells which call made it. */
  readonly ask: (signal: AbortSignal) => Promise<number>
  readonly classify: (error: unknown) => RefreshFailure
  calls(): number
  /** From now on every call fails. */
  failWith(code: string, failure?: Partial<RefreshFailure>): void
  succeed(): void
  /** From now on calls stay open until `answer()`. */
  hold(): void
  answer(): void
}

/** An origin whose behaviour the test sets; answers at once unless told otherwise. */
export function scriptedOrigin(): ScriptedOrigin {
  let calls = 0
  let failure: RefreshFailure | null = null
  let gate: { readonly open: Promise<void>; readonly answer: () => void } | null = null

  return {
    async ask() {
      calls += 1
      const mine = calls
      await gate?.open
      if (failure !== null) throw new OriginError(failure)
      return mine
    },
    classify(error) {
      if (error instanceof OriginError) return error.failure
      return { code: (error as Error).name === 'TimeoutError' ? 'timeout' : 'bug', patience: 'short' }
    },
    calls: () => calls,
    failWith(code, more = {}) {
      failure = { code, patience: 'short', ...more }
    },
    succeed() {
      failure = null
    },
    hold() {
      let answer = (): void => {}
      const open = new Promise<void>((resolve) => {
        answer = resolve
      })
      gate = { open, answer }
    },
    answer() {
      gate?.answer()
      gate = null
    },
  }
}
