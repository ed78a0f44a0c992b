import { createHash } from 'node:crypto'
import { contractViolations } from '../contract/contract.js'
import type { GatewayAnswer } from '../support/gateway.js'

/** A version of the vendor's list and when it was current; `performance.now()`. */
interface ListVersion {
  readonly setAt: number
  replacedAt: number
}

/** One answer received by the load. */
export interface CheckedAnswer {
  readonly path: string
  /** The `If-None-Match` that was sent. */
  readonly etag?: string | undefined
  readonly sentAt: number
  readonly answer: GatewayAnswer
}

export interface AnswerChecker {
  /** Sets another list from now on. Returns its number. */
  begin(): number
  newest(): number
  /** Also accepts lists with such names, from a vendor with a plausible fault. */
  admit(names: RegExp | null): void
  /** From now on the vendor answers nobody: once no copy can be young enough, failures are accepted. */
  outageBegins(): void
  outageEnds(): void
  /** The number of failures accepted since the outage began. */
  failuresPassed(): number
  /** The faults of the answer; empty if there is none. */
  check(answer: CheckedAnswer): string[]
}

/** The tolerance for a copy's stated age as observed from outside: an attempt, and rounding. */
const AGE_SLACK_S = 5
const longestAgeS = (limits: { ttlMs: number; staleMs: number }): number => (limits.ttlMs + limits.staleMs) / 1000

/** The list's number in a name of `listOf`; null for any other name. */
export function versionOf(name: string): number | null {
  const version = /^list (\d+), library \d+$/.exec(name)?.[1]
  return version === undefined ? null : Number(version)
}

/** The account's libraries in their `version`th state, in the vendor's format. */
export function listOf(version: number): object[] {
  return Array.from({ length: 20 }, (_, index) => ({
    group_id: `library-${index + 1}`,
    group_name: `list ${version}, library ${index + 1}`,
    group_data: index % 2 === 0 ? '' : 'Kept by facilities',
    model_version: 's21',
    add_time: new Date(Date.UTC(2026, 0, 1, index)).toISOString(),
  }))
}

/** Knows every list and when it was current, so it can verify answers. */
export function createAnswerChecker(limits: { readonly ttlMs: number; readonly staleMs: number }): AnswerChecker {
  const versions: ListVersion[] = []
  const bodies = new Map<string, string>()
  const etags = new Map<string, string>()
  /** The list of each ETag, by path. */
  const listed = new Map<string, number>()
  let admitted: RegExp | null = null
  let outageBeganAt = Number.POSITIVE_INFINITY
  let failuresPassed = 0

  /** A failure is accepted only if no copy may be served any more, and it must be a valid problem. */
  function failureFaults({ answer }: CheckedAnswer, contractFaults: readonly string[]): string[] {
    const expiredSinceS = (performance.now() - outageBeganAt) / 1000 - longestAgeS(limits)
    if (expiredSinceS < -AGE_SLACK_S) return [`answered ${answer.status}`]
    failuresPassed += 1
    return [...contractFaults]
  }

  function ageFaults(version: number, { sentAt, answer }: CheckedAnswer): string[] {
    const known = versions[version - 1]
    if (known === undefined) return [`shows list ${version}, which never was`]
    const age = Number(answer.headers.age)
    const now = performance.now()
    if (age > (now - known.setAt) / 1000 + AGE_SLACK_S) return ['says it is older than the list it shows']
    if (age < (sentAt - known.replacedAt) / 1000 - AGE_SLACK_S) return ['says it is younger than the list it shows']
    return age > longestAgeS(limits) ? ['is older than any answer may be'] : []
  }

  /** One ETag per content and one content per ETag, whichever replica answers. */
  function etagFaults({ path, answer }: CheckedAnswer): string[] {
    const etag = `${path} ${answer.headers.etag}`
    const body = `${path} ${createHash('sha256').update(answer.body).digest('base64')}`
    const faults = []
    if ((bodies.get(etag) ?? body) !== body) faults.push('has the ETag of another body')
    if ((etags.get(body) ?? etag) !== etag) faults.push('has another ETag than the same body before')
    bodies.set(etag, body)
    etags.set(body, etag)
    return faults
  }

  function contentFaults(asked: CheckedAnswer): string[] {
    const content = JSON.parse(asked.answer.body) as { data?: { name: string }[]; name?: string }
    const names = (content.data ?? [{ name: content.name ?? '' }]).map(({ name }) => name)
    if (admitted !== null && names.every((name) => admitted?.test(name))) return []
    const shown = [...new Set(names.map(versionOf))]
    const [version] = shown
    if (shown.length !== 1 || version === null || version === undefined) return ['mixes lists or shows none']
    listed.set(`${asked.path} ${asked.answer.headers.etag}`, version)
    return ageFaults(version, asked)
  }

  /** A 304 states the current age of a list seen before. */
  function notModifiedFaults(asked: CheckedAnswer): string[] {
    const { path, etag, answer } = asked
    if (answer.headers.etag !== etag) return ['is 304 with another ETag']
    const version = listed.get(`${path} ${etag}`)
    return version === undefined ? [] : ageFaults(version, asked)
  }

  return {
    newest: () => versions.length,
    begin() {
      const now = performance.now()
      const last = versions.at(-1)
      if (last !== undefined) last.replacedAt = now
      versions.push({ setAt: now, replacedAt: Number.POSITIVE_INFINITY })
      return versions.length
    },
    admit(names) {
      admitted = names
    },
    outageBegins() {
      outageBeganAt = performance.now()
      failuresPassed = 0
    },
    outageEnds() {
      outageBeganAt = Number.POSITIVE_INFINITY
    },
    failuresPassed: () => failuresPassed,
    check(asked) {
      const { path, answer } = asked
      const { status, body } = answer
      const headers = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
      const faults = contractViolations({ method: 'GET', path: path.split('?')[0] ?? path, status, headers, body })
      if (status === 404 && admitted !== null) return faults
      if (status >= 500) return failureFaults(asked, faults)
      if (status !== 200 && status !== 304) return [`answered ${status}`]
      if (status === 304) return [...faults, ...notModifiedFaults(asked)]
      return [...faults, ...etagFaults(asked), ...contentFaults(asked)]
    },
  }
}
