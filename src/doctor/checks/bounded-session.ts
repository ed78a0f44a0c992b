import { withDeadline } from '../../deadline.js'
import type { RedisSession } from '../../snapshot-cache/redis-connection.js'

/** Limits each command of the session: one that takes longer than `timeoutMs` rejects as timed out. */
export function boundedSession(session: RedisSession, timeoutMs: number): Pick<RedisSession, 'call' | 'subscribe'> {
  return {
    call: (command, args) => withDeadline(() => session.call(command, args), timeoutMs),
    subscribe: (channel, onMessage) => withDeadline(() => session.subscribe(channel, onMessage), timeoutMs),
  }
}
