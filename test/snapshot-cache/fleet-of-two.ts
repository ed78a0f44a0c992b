import { createMemoryStore } from '../../src/snapshot-cache/memory-store.js'
import { createFakeClock } from '../support/fake-clock.js'
import { mortalStore } from './mortal-store.js'
import { scriptedOrigin } from './scripted-origin.js'
import { testCache } from './test-cache.js'

/** Two replicas by one clock that the test turns, each with a line of its own to the store they share. */
export async function fleetOfTwo(options: Parameters<typeof testCache>[0] = {}) {
  const clock = createFakeClock()
  const inner = createMemoryStore<number>({ clock })
  const replica = () => {
    const line = mortalStore(inner)
    return { ...testCache({ clock, store: line.store, origin: scriptedOrigin(), ...options }), line }
  }
  const [first, second] = [replica(), replica()]
  // The values of the second can be told from those of the first.
  for (let n = 0; n < 10; n += 1) await second.origin.ask(new AbortController().signal)
  const callsOfSecond = () => second.origin.calls() - 10
  return { clock, inner, first, second, callsOfSecond }
}

/** What the promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error)
}
