import type { RedisSession } from '../../snapshot-cache/redis-connection.js'

/** The session with a limit for each command: what takes longer than `timeoutMs` rejects as timed out. */
export function boundedSession(session: RedisSession, timeoutMs: number): Pick<RedisSession, 'call' | 'subscribe'> {
  return {
    call: (command, args) => inTime(session.call(command, args), timeoutMs),
    subscribe: (channel, onMessage) => inTime(session.subscribe(channel, onMessage), timeoutMs),
  }
}

async function inTime<T>(reply: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the command timed out')), timeoutMs)
  })
  try {
    return await Promise.race([reply, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
