import { byIdentity } from '../by-identity.js'
import type { Caller } from '../http/authentication/caller.js'
import type { RequestRecord } from '../http/request-context.js'
import { inOnePiece } from '../one-piece.js'
import { type Log, serviceName } from './log.js'

/**
 * Makes one ended request a line of the log, just as the logger would have made it of the same fields, at a fraction of
 * the cost (docs/performance.md); empty where LOG_LEVEL leaves it out. Where data was asked for, the line is the
 * audit record: who, what, how many, with what outcome.
 */
export type RequestLine = (record: RequestRecord) => string

export function createRequestLine(log: Log): RequestLine {
  let latest: { record: RequestRecord; text: string } | null = null

  /** Most requests are like the one before in this; the fewer pieces a line is put together from, the better. */
  function commonFields(record: RequestRecord): string {
    if (latest === null || !areAlike(latest.record, record)) latest = { record, text: renderCommonFields(record) }
    return latest.text
  }

  return (record) => {
    const { route, requestId, traceId, group, caller } = record
    const isAudit = route.startsWith('/api/')
    if (!log.isLevelEnabled(isAudit ? 'audit' : 'info')) return ''
    const begin = isAudit ? '{"level":"audit","time":' : '{"level":"info","time":'
    let line = `${begin}${record.endedAtMs}${commonFields(record)}${millisecondsOf(record.durationSeconds)},"requestId":"${requestId}"`
    if (traceId !== undefined) line += `,"traceId":"${traceId}"`
    // This and the subject alone come from outside as they are.
    if (group !== undefined) line += `,"group":${JSON.stringify(group)}`
    if (caller !== undefined) line += subjectField(caller)
    return line + (isAudit ? ',"msg":"audit"}\n' : ',"msg":"request"}\n')
  }
}

/** A caller is the same object from one request to the next for as long as its proof is remembered. */
const subjectField = byIdentity(({ subject }: Caller) => inOnePiece(`,"subject":${JSON.stringify(subject)}`))

/** What stands after the whole milliseconds, by thousandths: V8 takes longer over a fraction than over the rest of a line. */
const fractions = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1))

/** To three decimals, as JSON has it. */
function millisecondsOf(seconds: number): string {
  const microseconds = Math.round(seconds * 1e6)
  const whole = Math.floor(microseconds / 1000)
  return `${whole}${fractions[microseconds - whole * 1000]}`
}

/** The fields between the time and the duration. */
function renderCommonFields({ route, method, status, cache, disclosed, problem }: RequestRecord): string {
  let text = `,"service":"${serviceName}","method":"${method}","route":"${route}","status":${status}`
  if (cache !== undefined) text += `,"cache":"${cache}"`
  if (disclosed !== undefined) text += `,"disclosed":${disclosed}`
  if (problem !== undefined) text += `,"problem":"${problem}"`
  return inOnePiece(`${text},"durationMs":`)
}

function areAlike(some: RequestRecord, other: RequestRecord): boolean {
  return (
    some.status === other.status &&
    some.disclosed === other.disclosed &&
    some.cache === other.cache &&
    some.route === other.route &&
    some.method === other.method &&
    some.problem === other.problem
  )
}
