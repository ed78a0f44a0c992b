import type { Clock } from '../clock.js'
import type { LocalEntry } from './local-entry.js'
import type { BackgroundWork, Notifier } from './notifier.js'
import type { Entry, SharedStore, StoreEvent } from './shared-store.js'
import type { SnapshotCacheEvents } from './types.js'

/** The store's copy was accepted, is not newer than the local one, or is absent or unusable. */
export type LoadOutcome = 'accepted' | 'kept' | 'nothing'

export interface StoreSync {
  readonly load: () => Promise<LoadOutcome>
  readonly onStoreEvent: (event: StoreEvent) => void
}

export interface StoreSyncOptions<T> {
  readonly store: SharedStore<T>
  readonly local: LocalEntry<T>
  readonly notifier: Notifier
  readonly work: BackgroundWork
  readonly onAccepted: (entry: Entry<T>) => void
  readonly lifetimeMs: number
  readonly closing: AbortSignal
  readonly clock: Clock
  readonly events: Pick<SnapshotCacheEvents, 'refreshed'>
}

/** Keeps the copy in memory and the copy in the store the same, whichever of them is newer. */
export function createStoreSync<T>(options: StoreSyncOptions<T>): StoreSync {
  const { store, local, notifier, work, clock } = options
  let loading: Promise<LoadOutcome> | null = null
  let next: Promise<LoadOutcome> | null = null

  async function loadOnce(): Promise<LoadOutcome> {
    const startedAt = clock.monotonicMs()
    const entry = await store.read()
    const accepted = entry !== null && local.acceptIfNewer({ ...entry, unshared: false })
    if (accepted) {
      options.onAccepted(entry)
      options.events.refreshed('shared', { durationMs: clock.monotonicMs() - startedAt })
    }
    notifier.notify()
    if (accepted) return 'accepted'
    return entry === null || local.current() === null ? 'nothing' : 'kept'
  }

  /** One at a time; those who ask while one runs share the next. */
  async function load(): Promise<LoadOutcome> {
    if (loading === null) {
      loading = work.track(loadOnce())
      return loading.finally(() => {
        loading = null
      })
    }
    next ??= Promise.allSettled([loading]).then(() => {
      next = null
      return load()
    })
    return next
  }

  /** Loads what is newer in the store, or republishes what is newer here. */
  async function reconcile(fence: number | null): Promise<void> {
    const mine = local.entry()
    if (mine !== null && !mine.unshared && fence === mine.fence) return
    const mayBeNewer = fence !== null && (mine === null || mine.unshared || fence > mine.fence)
    if (mayBeNewer && (await load()) === 'accepted') return
    const ours = local.entry()
    if (ours === null || options.closing.aborted) return
    // A higher fence that was not accepted belongs to an older copy, as after a clock that was ahead.
    const isOutranked = fence !== null && fence > ours.fence
    const fencing = ours.unshared || isOutranked ? 'new-fence' : 'same-fence'
    const given = await store.republish(ours, options.lifetimeMs, fencing)
    if (given !== null) local.markShared(ours, given)
    else if (fence !== null && fence < ours.fence) await load()
  }

  return {
    load,
    onStoreEvent(event) {
      if (options.closing.aborted) return
      if (event.type === 'seen') {
        void work.track(reconcile(event.fence))
        return
      }
      const mine = local.entry()
      if (event.type === 'published' && (mine === null || mine.unshared || event.fence !== mine.fence)) {
        void work.track(load())
      } else notifier.notify()
    },
  }
}
