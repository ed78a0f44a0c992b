import { element, showTimestamp } from './dom.js'

/** Shows the age of the list, whether it is kept up to date, and when it last changed; the ages keep counting. */
export function freshness() {
  const line = element('#freshness', HTMLElement)
  const time = element('time', HTMLElement, line)
  const rest = element('span', HTMLElement, line)
  let updatedAt: number | null = null
  let changedAt: number | null = null
  let state = ''

  function write(): void {
    line.hidden = updatedAt === null
    line.dataset['state'] = state
    if (updatedAt !== null) showTimestamp(time, new Date(updatedAt).toISOString(), `Updated ${ago(updatedAt)}`)
    rest.textContent = ` · ${state}${changedAt === null ? '' : ` · changed ${ago(changedAt)}`}`
  }
  setInterval(write, 1000)
  return {
    /** `ageSeconds`: of the list shown; left out if there is no newer one. */
    show(now: 'live' | 'update delayed' | 'not live', ageSeconds: number | null = null): void {
      if (ageSeconds !== null) updatedAt = Date.now() - ageSeconds * 1000
      state = now
      write()
    },
    changed(): void {
      changedAt = Date.now()
    },
  }
}

function ago(at: number): string {
  const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`
}
