/** Whether anyone may be looking. */
export interface PageVisibility {
  isHidden(): boolean
  /** Calls `listener` whenever it changes, until `signal` aborts. */
  onChange(listener: () => void, signal: AbortSignal): void
}

interface VisibilityDocument {
  readonly hidden: boolean
  addEventListener(type: 'visibilitychange', listener: () => void, options: { signal: AbortSignal }): void
}

declare const document: VisibilityDocument | undefined

/** The tab's visibility (Page Visibility API). Outside a browser nothing is ever hidden. */
export const tabVisibility: PageVisibility = {
  isHidden: () => typeof document !== 'undefined' && document.hidden,
  onChange(listener, signal) {
    if (typeof document !== 'undefined') document.addEventListener('visibilitychange', listener, { signal })
  },
}
