import type { AnswerFacts } from '@face-groups/client'
import { element } from './element.js'

export interface Freshness {
  show(facts: AnswerFacts): void
  /** From now on changes count; until one is seen there was none. */
  startWatching(): void
  changed(): void
}

const sources: Record<AnswerFacts['source'], string> = {
  hit: 'from the shared copy',
  stale: 'from an older copy, a new one is being fetched',
  miss: 'fetched from FinAuth for this request',
  refresh: 'fetched from FinAuth on demand',
  unknown: 'of unknown origin',
}

/** Says how old the list is, where it came from, and when it last changed; the age goes on counting. */
export function freshness(): Freshness {
  const line = element('#freshness', HTMLElement)
  let latest: { facts: AnswerFacts; at: number } | undefined
  let since = new Date()
  let hasChanged = false

  function write(): void {
    if (!latest) return
    const { facts, at } = latest
    const age = facts.ageSeconds === null ? null : facts.ageSeconds + Math.floor((performance.now() - at) / 1000)
    const parts = [age === null ? 'Age unknown' : `${duration(age)} old`, sources[facts.source]]
    parts.push(`${hasChanged ? 'changed at' : 'no change since'} ${since.toLocaleTimeString()}`)
    line.textContent = parts.join(' · ')
  }
  setInterval(write, 1000)
  return {
    show(facts) {
      latest = { facts, at: performance.now() }
      write()
    },
    startWatching() {
      since = new Date()
      hasChanged = false
    },
    changed() {
      since = new Date()
      hasChanged = true
    },
  }
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}
