import { type SharedStore, type StoreEvent, StoreUnavailableError } from '../../src/snapshot-cache/shared-store.js'

export interface KillableStore<T> {
  readonly store: SharedStore<T>
  /** From now on nothing passes in either direction, as for a process that was killed or disconnected. */
  cut(): void
  /** Reaches the store again, and reports the fence of its copy. */
  reconnect(): Promise<void>
}

/** One replica's connection to a shared store, which the test may cut. */
export function killableStore<T>(inner: SharedStore<T>): KillableStore<T> {
  let alive = true
  let emit: (event: StoreEvent) => void = () => {}
  const through = async <R>(action: () => Promise<R>): Promise<R> => {
    if (!alive) throw new StoreUnavailableError('cut')
    const result = await action()
    if (!alive) throw new StoreUnavailableError('cut')
    return result
  }
  return {
    store: {
      open(onEvent) {
        emit = onEvent
        return inner.open((event) => {
          if (alive) onEvent(event)
        })
      },
      available: () => alive && inner.available(),
      read: () => through(() => inner.read()),
      claim: (request) => through(() => inner.claim(request)),
      publish: (lease, entry, lifetimeMs) => through(() => inner.publish(lease, entry, lifetimeMs)),
      fail: (lease, failure) => through(() => inner.fail(lease, failure)),
      renew: (lease, leaseMs) => through(() => inner.renew(lease, leaseMs)),
      release: (lease) => through(() => inner.release(lease)),
      republish: (entry, lifetimeMs, origin) => through(() => inner.republish(entry, lifetimeMs, origin)),
      close: () => inner.close(),
    },
    cut() {
      if (!alive) return
      alive = false
      emit({ type: 'ended' })
    },
    async reconnect() {
      if (alive) return
      alive = true
      emit({ type: 'ended' })
      emit({ type: 'seen', fence: (await inner.read())?.fence ?? null })
    },
  }
}
