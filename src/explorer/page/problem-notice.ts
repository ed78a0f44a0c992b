import type { FaceGroupsProblem } from '@face-groups/client'
import { element } from './element.js'

export interface ProblemNotice {
  show(problem: FaceGroupsProblem): void
  clear(): void
}

/** What a person can do about it, where that is more than wait. */
const advice: Partial<Record<FaceGroupsProblem['code'], string>> = {
  unauthenticated: 'Give a valid token under “Token…”.',
  forbidden: 'Your token does not carry the permission this needs.',
  upstream_rejected: 'The operators have to look at this; trying again does not help.',
  identity_provider_unavailable: 'Tokens cannot be checked at the moment.',
}

/** Shows a problem in plain words. */
export function problemNotice(): ProblemNotice {
  const section = element('#problem', HTMLElement)
  return {
    show(problem) {
      const title = document.createElement('h2')
      title.textContent = problem.title
      const lines = [
        problem.message,
        advice[problem.code],
        ...problem.errors.map(({ parameter, detail }) => `${parameter} ${detail}`),
        problem.retryAfterSeconds === null ? undefined : `Worth another try in ${problem.retryAfterSeconds} s.`,
        problem.requestId === null ? undefined : `Request ${problem.requestId}`,
      ]
      const texts = lines.filter((line) => line !== undefined && line !== problem.title).map(paragraph)
      section.replaceChildren(title, ...texts, ...explanation(problem))
      section.hidden = false
    },
    clear() {
      section.hidden = true
      section.replaceChildren()
    },
  }
}

function paragraph(text: string | undefined): HTMLParagraphElement {
  const made = document.createElement('p')
  made.textContent = text ?? ''
  return made
}

function explanation({ code }: FaceGroupsProblem): HTMLAnchorElement[] {
  if (code === 'unreachable' || code === 'unreadable_answer') return []
  const link = document.createElement('a')
  link.href = `/problems/${code}`
  link.textContent = 'What this means'
  return [link]
}
