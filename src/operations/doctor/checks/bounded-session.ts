import { MAX_COMMAND_TIMEOUT_MS, type RedisSession } from '../../../snapshot-cache/redis-connection.js'

/** The session with the patience of the service: what takes longer rejects as timed out. */
export function boundedSession(session: RedisSession): Pick<RedisSession, 'call' | 'subscribe'> {
  return {
    call: (command, args) => inTime(session.call(command, args)),
    subscribe: (channel, onMessage) => inTime(session.subscribe(channel, onMessage)),
  }
}

async function inTime<T>(reply: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the command timed out')), MAX_COMMAND_TIMEOUT_MS)
  })
  try {
    return await Promise.race([reply, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
