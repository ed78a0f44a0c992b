import { redisFault } from '../../src/snapshot-cache/redis-connection.js'

it.each([
  [new Error("READONLY You can't write against a read only replica."), 'readonly'],
  [new Error("OOM command not allowed when used memory > 'maxmemory'. script: 12ab, on @user_script:9."), 'oom'],
  [new Error('ERR Error running script: @user_script:1: -OOM command not allowed'), 'oom'],
  [new Error('WRONGPASS invalid username-password pair or user is disabled.'), 'wrongpass'],
  [Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:6379'), { code: 'ECONNREFUSED' }), 'econnrefused'],
  [new Error("ERR The user executing the script can't run this command or subcommand script: 12ab"), 'noperm'],
  [new Error('Command timed out'), 'timeout'],
  [new Error('Connection is closed.'), 'connection_closed'],
  [new Error('ERR the password HUNTER2 at redis://user:HUNTER2@host'), 'unknown'],
  [Object.assign(new Error('no word here'), { code: 'EPIPE' }), 'epipe'],
  [Object.assign(new Error('READONLY'), { code: 'HUNTER2' }), 'readonly'],
  [Object.assign(new Error('READONLY'), { code: 7 }), 'readonly'],
  [{ message: ['OOM'] }, 'unknown'],
  [new Error('All sentinels are unreachable. Retrying from scratch after 10ms.'), 'sentinels_unreachable'],
  [new Error('Failed to refresh slots cache.'), 'cluster_unreachable'],
  [new Error('None of startup nodes is available'), 'connection_closed'],
  ['OOM', 'unknown'],
  [undefined, 'unknown'],
  [null, 'unknown'],
])('reduces %p to %s', (error, word) => {
  expect(redisFault(error)).toBe(word)
})
