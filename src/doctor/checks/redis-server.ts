import type { RedisSession } from '../../snapshot-cache/redis-connection.js'
import type { Finding } from '../finding.js'

const oldest = { major: 6, minor: 2 }
const roundTrips = 5
/** A fifth of the service's timeout for one command. */
const slowMs = 50

/**
 * Checks the server's version and latency, by HELLO, which every ACL user may send.
 * Rejects if Redis does not answer.
 */
export async function checkRedisServer(session: Pick<RedisSession, 'call'>): Promise<readonly Finding[]> {
  const times: number[] = []
  let reply: unknown
  for (let trip = 0; trip < roundTrips; trip += 1) {
    const startedAt = performance.now()
    reply = await session.call('HELLO', [])
    times.push(performance.now() - startedAt)
  }
  const medianMs = times.toSorted((a, b) => a - b)[Math.floor(roundTrips / 2)] ?? 0
  return [evaluateLatency(medianMs), evaluateVersion(fieldsOf(reply))]
}

function evaluateLatency(ms: number): Finding {
  const finding = { name: 'Redis', detail: `answers in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` }
  if (ms < slowMs) return { status: 'ok', ...finding }
  return { status: 'warn', ...finding, advice: 'Run it closer to the service, which treats it as down at 250 ms.' }
}

function evaluateVersion({ version, mode }: Readonly<Record<string, string>>): Finding {
  const name = 'Redis version'
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? []
  if (version === undefined || major === undefined) return { status: 'ok', name, detail: 'not reported' }
  const detail = mode === undefined ? version : `${version}, ${mode}`
  const isOld = Number(major) < oldest.major || (Number(major) === oldest.major && Number(minor) < oldest.minor)
  if (!isOld) return { status: 'ok', name, detail }
  const advice = `Upgrade: the service is tested with ${oldest.major}.${oldest.minor} and newer.`
  return { status: 'warn', name, detail, advice }
}

/** A flat list of names and values, which is how RESP2 encodes a map. */
function fieldsOf(reply: unknown): Record<string, string> {
  const flat: unknown[] = Array.isArray(reply) ? reply : []
  const fields: Record<string, string> = {}
  for (let at = 0; at + 1 < flat.length; at += 2) fields[String(flat[at])] = String(flat[at + 1])
  return fields
}
