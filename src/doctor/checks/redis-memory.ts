import type { RedisSession } from '../../snapshot-cache/redis-connection.js'
import type { Finding } from '../finding.js'

const name = 'Redis memory'
const nearlyFull = 0.9

/** Whether Redis may throw our keys out, or refuse new ones. The service's user need not be allowed to ask. */
export async function checkRedisMemory(session: Pick<RedisSession, 'call'>): Promise<Finding> {
  let info: string
  try {
    info = String(await session.call('INFO', ['memory']))
  } catch {
    return { status: 'ok', name, detail: 'not shown to this user, who needs no INFO' }
  }
  const field = (key: string) => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [used, most, policy] = [Number(field('used_memory')), Number(field('maxmemory')), field('maxmemory_policy')]
  if (most === 0) return { status: 'ok', name, detail: `${mebibytes(used)} used, no limit` }
  const detail = `${mebibytes(used)} of ${mebibytes(most)} used, ${policy}`
  if (policy !== 'noeviction') {
    const advice = 'Use noeviction: a lease that is thrown out lets two replicas call FinAuth.'
    return { status: 'warn', name, detail, advice }
  }
  if (used < most * nearlyFull) return { status: 'ok', name, detail }
  return { status: 'warn', name, detail, advice: 'Raise maxmemory: full, it refuses writes and counts as down.' }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}
