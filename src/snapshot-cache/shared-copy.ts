import type { Clock } from '../clock.js'
import type { BackgroundWork } from './background-work.js'
import type { HeldCopy } from './held-copy.js'
import type { Notifier } from './notifier.js'
import type { Entry, SharedStore, StoreEvent } from './shared-store.js'
import type { SnapshotCacheEvents } from './types.js'

/** What came of a look at the store: taken, not newer than the copy held, or nothing usable there. */
export type LoadOutcome = 'adopted' | 'kept' | 'nothing'

export interface SharedCopy {
  readonly load: () => Promise<LoadOutcome>
  readonly onStoreEvent: (event: StoreEvent) => void
}

/** Keeps the copy in memory and the copy in the store in step, whichever of them is the newer. */
export function createSharedCopy<T>(options: {
  readonly store: SharedStore<T>
  readonly held: HeldCopy<T>
  readonly notifier: Notifier
  readonly work: BackgroundWork
  readonly onAdopted: (entry: Entry<T>) => void
  readonly lifetimeMs: number
  readonly closing: AbortSignal
  readonly clock: Clock
  readonly events: Pick<SnapshotCacheEvents, 'refreshed'>
}): SharedCopy {
  const { store, held, notifier, work, clock } = options
  let loading: Promise<LoadOutcome> | null = null
  let next: Promise<LoadOutcome> | null = null

  async function look(): Promise<LoadOutcome> {
    const startedAt = clock.monotonicMs()
    const entry = await store.read()
    const adopted = entry !== null && held.adopt({ ...entry, local: false })
    if (adopted) {
      options.onAdopted(entry)
      options.events.refreshed('adopted', { durationMs: clock.monotonicMs() - startedAt })
    }
    notifier.notify()
    if (adopted) return 'adopted'
    return entry === null || held.current() === null ? 'nothing' : 'kept'
  }

  /** One look at a time; what asks during one is served by the next. */
  async function load(): Promise<LoadOutcome> {
    if (loading === null) {
      loading = work.track(look())
      return loading.finally(() => {
        loading = null
      })
    }
    next ??= loading
      .then(
        () => null,
        () => null,
      )
      .then(() => {
        next = null
        return load()
      })
    return next
  }

  /** Takes what is newer in the store, or puts up what is newer here. */
  async function reconcile(fence: number | null): Promise<void> {
    const mine = held.entry()
    if (mine !== null && !mine.local && fence === mine.fence) return
    if (fence !== null && (mine === null || mine.local || fence > mine.fence) && (await load()) === 'adopted') return
    const ours = held.entry()
    if (ours === null || options.closing.aborted) return
    // of a higher fence there, and yet not taken: it is the older, as after a clock that was ahead
    const isOutranked = fence !== null && fence > ours.fence
    const taken = await store.offer(ours, options.lifetimeMs, ours.local || isOutranked ? 'foreign' : 'own')
    if (taken !== null) held.settle(ours, { fence: taken, local: false })
    else if (fence !== null && fence < ours.fence) await load()
  }

  return {
    load,
    onStoreEvent(event) {
      if (options.closing.aborted) return
      switch (event.type) {
        case 'published':
          if (event.fence === held.entry()?.fence && held.entry()?.local === false) notifier.notify()
          else void work.track(load())
          break
        case 'seen':
          void work.track(reconcile(event.fence))
          break
        case 'ended':
        case 'changed':
          notifier.notify()
          break
      }
    },
  }
}
