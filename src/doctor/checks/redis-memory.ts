import type { RedisSession } from '../../snapshot-cache/redis-connection.js'
import type { Finding } from '../finding.js'

const name = 'Redis memory'
const nearlyFull = 0.9

/** Whether Redis may evict our keys or reject new ones. The service's user does not need the permission for INFO. */
export async function checkRedisMemory(session: Pick<RedisSession, 'call'>): Promise<Finding> {
  let info: string
  try {
    info = String(await session.call('INFO', ['memory']))
  } catch {
    return { status: 'ok', name, detail: 'unknown: this user may not call INFO, which the service does not need' }
  }
  const field = (key: string) => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [used, most, policy] = [Number(field('used_memory')), Number(field('maxmemory')), field('maxmemory_policy')]
  if (most === 0) return { status: 'ok', name, detail: `${mebibytes(used)} used, no limit` }
  const detail = `${mebibytes(used)} of ${mebibytes(most)} used, ${policy}`
  if (policy !== 'noeviction') {
    const advice = 'Use noeviction: if a lease is evicted, two replicas call FinAuth.'
    return { status: 'warn', name, detail, advice }
  }
  if (used < most * nearlyFull) return { status: 'ok', name, detail }
  return {
    status: 'warn',
    name,
    detail,
    advice: 'Raise maxmemory: when full, Redis rejects writes and counts as down.',
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}
