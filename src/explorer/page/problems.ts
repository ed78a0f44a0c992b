import { FaceGroupsProblem } from '@face-groups/client'
import { countdown, element } from './dom.js'

/** A sentence about a problem, without the full stop. */
export function sentenceOf({ code, title }: FaceGroupsProblem): string {
  return code === 'forbidden' ? "You don't have permission" : title
}

/** Shows why the list is unavailable and offers a retry, or a reset for an invalid address. */
export function problemNotice(onRetry: () => void, onStartOver: () => void) {
  const section = element('#problem', HTMLElement)
  const retry = element('button', HTMLButtonElement, section)
  const link = element('a', HTMLAnchorElement, section)
  let stop = (): void => {}
  let act = onRetry
  retry.addEventListener('click', () => act())
  return {
    show(problem: FaceGroupsProblem): void {
      const { code, status, message, errors, requestId } = problem
      const lines = [message, ...errors.map(({ parameter, detail }) => `${parameter} ${detail}`)]
      if (requestId !== null) lines.push(`Request ID: ${requestId}`)
      section.hidden = false
      element('p', HTMLElement, section).textContent = `${sentenceOf(problem)}.`
      element('pre', HTMLElement, section).textContent = lines.join('\n')
      link.href = `/problems/${code}`
      link.hidden = code === 'unreachable' || code === 'unreadable_answer'
      retry.hidden = status > 400 && status < 429
      act = status === 400 ? onStartOver : onRetry
      stop()
      stop = countdown(problem.retryAfterSeconds ?? 0, (left) => {
        retry.disabled = left > 0
        retry.textContent = left > 0 ? `Try again in ${left} s` : status === 400 ? 'Start over' : 'Try again'
      })
    },
    clear(): void {
      stop()
      section.hidden = true
    },
  }
}

/** Refreshes on click and shows the progress. A refusal is shown beside the button, with a countdown. */
export function refreshButton(refresh: () => Promise<void>, onUnauthenticated: () => void) {
  const button = element('#refresh', HTMLButtonElement)
  const line = element('#refusal', HTMLElement)
  let isRunning = false
  let cause: string | null = null
  let failedAt = 0
  let stop = (): void => {}

  function say(text: string): void {
    line.hidden = text === ''
    line.textContent = text
  }
  function refuse(problem: FaceGroupsProblem): void {
    if (problem.status === 401) return onUnauthenticated()
    button.disabled = problem.code === 'forbidden'
    if (button.disabled) return say("You don't have permission to refresh.")
    if (problem.status >= 500) explain(sentenceOf(problem))
    const wasRecent = problem.code === 'rate_limited' && cause === null
    const reason = wasRecent ? 'Refreshed a moment ago' : (cause ?? sentenceOf(problem))
    stop = countdown(problem.retryAfterSeconds ?? 0, (left) => {
      if (left > 0) say(`${reason}, try again in ${left} s`)
      else say(wasRecent ? '' : `${reason}.`)
    })
  }
  function explain(reason: string): void {
    cause = reason
    failedAt = Date.now()
  }
  async function run(): Promise<void> {
    // Not by the attribute `disabled`, which would lose the keyboard focus.
    if (isRunning) return
    isRunning = true
    stop()
    say('')
    button.textContent = 'Refreshing…'
    await refresh().catch((error: unknown) => {
      if (error instanceof FaceGroupsProblem) refuse(error)
      else throw error
    })
    isRunning = false
    button.textContent = 'Refresh'
  }
  button.addEventListener('click', () => void run())
  return {
    /** Sets why there is no newer data; shown when the next refresh is refused. */
    explain,
    /** A list of this age is shown: earlier failures no longer apply. */
    shown(ageSeconds: number | null): void {
      if (ageSeconds !== null && Date.now() - (ageSeconds + 1) * 1000 > failedAt) cause = null
    },
  }
}
