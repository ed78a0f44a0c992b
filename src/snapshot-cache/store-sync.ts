import type { CacheParts } from './snapshot-cache.js'
import type { Entry, StoreEvent } from './shared-store.js'

/** The store's copy was accepted, is not newer than the local one, or is absent or unusable. */
export type LoadOutcome = 'accepted' | 'kept' | 'nothing'

export type StoreSyncParts<T> = Pick<
  CacheParts<T>,
  'store' | 'local' | 'notifier' | 'work' | 'lifetimeMs' | 'closing' | 'clock' | 'events'
>

/** Keeps the copy in memory and the copy in the store the same, whichever of them is newer. */
export function createStoreSync<T>(parts: StoreSyncParts<T>, onAccepted: (entry: Entry<T>) => void) {
  const { store, local, notifier, work, clock, closing } = parts
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<LoadOutcome> | null = null

  async function loadOnce(): Promise<LoadOutcome> {
    const startedAt = clock.monotonicMs()
    const entry = await store.read()
    const accepted = entry !== null && local.acceptIfNewer({ ...entry, unshared: false })
    if (accepted) {
      onAccepted(entry)
      parts.events.refreshed('shared', { durationMs: clock.monotonicMs() - startedAt })
    }
    notifier.notify()
    if (accepted) return 'accepted'
    return entry === null || local.current() === null ? 'nothing' : 'kept'
  }

  /** One at a time; those who ask while one runs share the next. */
  function load(): Promise<LoadOutcome> {
    next ??= running.then(() => {
      next = null
      const loading = work.track(loadOnce())
      running = loading.catch(() => {})
      return loading
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
    if (ours === null || closing.aborted) return
    // A higher fence that was not accepted belongs to an older copy, as after a clock that was ahead.
    const isOutranked = fence !== null && fence > ours.fence
    const fencing = ours.unshared || isOutranked ? 'new-fence' : 'same-fence'
    const given = await store.republish(ours, parts.lifetimeMs, fencing)
    if (given !== null) local.setSharing(ours, { fence: given, unshared: false })
    else if (fence !== null && fence < ours.fence) await load()
  }

  function onStoreEvent(event: StoreEvent): void {
    if (closing.aborted) return
    const mine = local.entry()
    if (event.type === 'seen') void work.track(reconcile(event.fence))
    else if (event.type === 'published' && (mine === null || mine.unshared || event.fence !== mine.fence)) {
      void work.track(load())
    } else notifier.notify()
  }

  return { load, onStoreEvent }
}
