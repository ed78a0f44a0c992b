import { withDeadline } from '../../deadline.js'
import { type RedisSession, redisFault } from '../../snapshot-cache/redis-connection.js'
import { redisScript } from '../../snapshot-cache/redis-scripts.js'
import type { Finding } from '../finding.js'

const name = 'Redis permissions'
const messageWithinMs = 5000
/** One command as the service's scripts run it: Redis checks the ACL for each. */
const oneCommand = 'return redis.call(unpack(ARGV))'

/** The commands of the scripts, in an order in which each finds its data; on a key and channel of the doctor's own. */
export function scriptedCommands({ key, channel }: { key: string; channel: string }): readonly (readonly string[])[] {
  return [
    ['TIME'],
    ['SET', key, 'doctor', 'PX', '10000'],
    ['GET', key],
    ['GETRANGE', key, '0', '2'],
    ['PTTL', key],
    ['PUBLISH', channel, 'doctor'],
    ['DEL', key],
  ]
}

/** Whether this user has every permission that the service needs, and whether notifications arrive. Removes its key. */
export async function checkRedisPermissions(
  session: Pick<RedisSession, 'call' | 'subscribe'>,
  keyPrefix: string,
): Promise<readonly Finding[]> {
  const key = `{${keyPrefix}}:doctor`
  const refused: string[] = []
  async function attempt(command: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch (error) {
      refused.push(`${command} (${redisFault(error)})`)
    }
  }

  let hasArrived: () => void = () => {}
  const arrival = new Promise<boolean>((resolve) => {
    hasArrived = () => resolve(true)
  })
  await attempt('SUBSCRIBE', () => session.subscribe(key, hasArrived))
  await attempt('EVALSHA', () => evaluateByDigest(session, key))
  await attempt('EVAL', () => session.call('EVAL', ['return 1', 1, key]))
  const isScriptable = refused.every((command) => !command.startsWith('EVAL '))
  for (const command of isScriptable ? scriptedCommands({ key, channel: key }) : []) {
    await attempt(command[0] ?? '', () => session.call('EVAL', [oneCommand, 1, key, ...command]))
  }
  if (refused.length > 0)
    return [{ status: 'FAIL', name, detail: `refused: ${refused.join(', ')}`, advice: remediation(keyPrefix) }]
  const permitted: Finding = { status: 'ok', name, detail: 'every command the service uses' }
  return [permitted, evaluateNotifications(await withDeadline(() => arrival, messageWithinMs).catch(() => false))]
}

/** A script that Redis does not know yet is not a missing permission. */
async function evaluateByDigest({ call }: Pick<RedisSession, 'call'>, key: string): Promise<void> {
  try {
    await call('EVALSHA', [redisScript('read').sha1, 1, key])
  } catch (error) {
    if (redisFault(error) !== 'noscript') throw error
  }
}

function evaluateNotifications(arrived: boolean): Finding {
  const finding = { name: 'Redis notifications' }
  if (arrived) return { ...finding, status: 'ok', detail: 'received' }
  const advice = 'Something between here and Redis drops PUBLISH/SUBSCRIBE; without it replicas see updates late.'
  return { ...finding, status: 'warn', detail: `none within ${messageWithinMs} ms`, advice }
}

function remediation(keyPrefix: string): string {
  const commands = [
    'EVAL',
    'EVALSHA',
    ...scriptedCommands({ key: '', channel: '' }).map(([command]) => command),
    'SUBSCRIBE',
  ]
  const rules = commands.map((command) => `+${command?.toLowerCase()}`).join(' ')
  return `The ACL user needs ~{${keyPrefix}}:* &{${keyPrefix}}:* ${rules}. Errors such as readonly or oom are the server’s state.`
}
