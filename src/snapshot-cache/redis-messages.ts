import type { StoreEvent } from './shared-store.js'

type Announcement = Extract<StoreEvent, { type: 'published' | 'ended' }>

/** The events that travel between replicas. Whoever can publish can forge one: it can only cause a look. */
export function storeMessage(event: Announcement): string {
  return event.type === 'published' ? `published ${event.fence}` : 'ended'
}

/** Null for what is no message of ours. */
export function parseStoreMessage(message: string): Announcement | null {
  if (message === 'ended') return { type: 'ended' }
  const fence = /^published (\d{1,16})$/.exec(message)?.[1]
  return fence === undefined ? null : { type: 'published', fence: Number(fence) }
}

/** A failure's code as read from Redis, `unknown` where it cannot be one. */
export function failureCode(text: string): string {
  return /^[a-z0-9_]{1,40}$/.test(text) ? text : 'unknown'
}
