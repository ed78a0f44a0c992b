import {
  type Behaviour,
  behaviourSchema,
  type CallBehaviour,
  expandBehaviour,
  type FullBehaviour,
} from './behaviour.js'

export interface BehaviourScript {
  /**
   * Applies from now on, or with `times` to that many calls, after those queued earlier. Throws a `ZodError` for an
   * unknown behaviour.
   */
  set(behaviour: Behaviour | string, options?: { readonly times?: number | undefined }): void
  /** Returns the behaviour for the call that just arrived. */
  next(): CallBehaviour
  /** Restores the behaviour of the start. */
  reset(): void
}

interface Step {
  readonly behaviour: FullBehaviour
  readonly times: number
  calls: number
}

export function createBehaviourScript(initial: Behaviour | string): BehaviourScript {
  let lasting = toStep(initial)
  let queue: Step[] = []
  function set(behaviour: Behaviour | string, { times }: { readonly times?: number | undefined } = {}): void {
    const step = toStep(behaviour, times)
    if (times === undefined) [lasting, queue] = [step, []]
    else queue.push(step)
  }
  return {
    set,
    next() {
      const step = queue[0] ?? lasting
      const call = callBehaviour(step)
      step.calls += 1
      if (step.calls >= step.times) queue.shift()
      return call
    },
    reset: () => set(initial),
  }
}

function toStep(behaviour: Behaviour | string, times = Number.POSITIVE_INFINITY): Step {
  return { behaviour: behaviourSchema.parse(expandBehaviour(behaviour)), times, calls: 0 }
}

function callBehaviour({ behaviour, calls }: Step): CallBehaviour {
  if (behaviour.kind !== 'flapping') return behaviour
  const { up, down, as, delayMs } = behaviour
  const call: CallBehaviour = calls % (up + down) < up ? { kind: 'normal' } : as
  return delayMs === undefined ? call : { delayMs, ...call }
}
