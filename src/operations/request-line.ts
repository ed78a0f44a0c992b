import type { RequestRecord } from '../http/request-context.js'
import { type Log, serviceName } from './log.js'

/**
 * One ended request as a line of the log, just as the logger would have made it of the same fields, at a fraction of
 * the cost (docs/performance.md); empty where LOG_LEVEL leaves it out. Where data was asked for, the line is the
 * audit record: who, what, how many, with what outcome.
 */
export function requestLine(record: RequestRecord, log: Log): string {
  const { route, method, status, requestId, traceId, cache, disclosed, group, problem, caller } = record
  const isAudit = route.startsWith('/api/')
  const level = isAudit ? 'audit' : 'info'
  if (!log.isLevelEnabled(level)) return ''
  const durationMs = Math.round(record.durationSeconds * 1e6) / 1000
  let line = `{"level":"${level}","time":${record.endedAtMs},"service":"${serviceName}","method":"${method}","route":"${route}","status":${status},"durationMs":${durationMs},"requestId":"${requestId}"`
  if (traceId !== undefined) line += `,"traceId":"${traceId}"`
  if (cache !== undefined) line += `,"cache":"${cache}"`
  if (disclosed !== undefined) line += `,"disclosed":${disclosed}`
  // These two alone come from outside as they are.
  if (group !== undefined) line += `,"group":${JSON.stringify(group)}`
  if (problem !== undefined) line += `,"problem":"${problem}"`
  if (caller !== undefined) line += `,"subject":${JSON.stringify(caller.subject)}`
  return `${line},"msg":"${isAudit ? 'audit' : 'request'}"}\n`
}
