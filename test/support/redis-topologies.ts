import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type RedisServer, startRedisServer } from './redis-server.js'
import { waitFor } from './wait-for.js'

const run = promisify(execFile)

export interface SentinelTrio {
  readonly name: string
  readonly sentinels: readonly RedisServer[]
  readonly master: RedisServer
  readonly replica: RedisServer
}

/** A master with one replica, watched by three sentinels that treat half a second of silence as down. */
export async function startSentinelTrio(): Promise<SentinelTrio> {
  const name = 'face-groups-test'
  const master = await startRedisServer()
  const replica = await startRedisServer({
    config: [`replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0'],
  })
  const config = [
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 2`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ]
  const sentinels = await Promise.all([1, 2, 3].map(() => startRedisServer({ config, sentinel: true })))
  await until(async () => /master_link_status:up/.test(await replica.cli('INFO', 'replication')))
  for (const sentinel of sentinels) {
    await until(async () => {
      const [state] = (await sentinel.cli('SENTINEL', 'CKQUORUM', name)).split('\n')
      const master = await sentinel.cli('SENTINEL', 'MASTER', name)
      return state?.startsWith('OK 3') === true && /num-slaves\n1/.test(master)
    })
  }
  return { name, sentinels, master, replica }
}

/** Three masters that share the slots. */
export async function startCluster(): Promise<readonly RedisServer[]> {
  const config = ['cluster-enabled yes', 'cluster-node-timeout 1000']
  const nodes = await Promise.all([1, 2, 3].map(() => startRedisServer({ config })))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
  for (const node of nodes) await until(async () => /cluster_state:ok/.test(await node.cli('CLUSTER', 'INFO')))
  return nodes
}

export interface RestrictedRedis {
  readonly server: RedisServer
  readonly caFile: string
  readonly username: string
  readonly password: string
  readonly remove: () => Promise<void>
}

/** TLS under a private CA made for this test, and a user with only the permissions that the store needs. */
export async function startRestrictedRedis({ keyPrefix }: { keyPrefix: string }): Promise<RestrictedRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'face-groups-tls-'))
  const file = (name: string): string => join(directory, name)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const ca = ['-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Test CA']
  await run('openssl', ['req', '-x509', ...newKey, ...ca])
  const request = ['-keyout', file('server.key'), '-out', file('server.pem'), '-subj', '/CN=redis']
  const signedBy = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1']
  await run('openssl', ['req', '-x509', ...newKey, ...request, ...signedBy])
  const [username, password] = ['face-groups', `pw-${process.pid}-${Date.now()}`]
  const commands = '+eval +evalsha +get +set +del +getrange +pttl +time +publish +subscribe'
  const server = await startRedisServer({
    tls: true,
    config: [
      `tls-cert-file ${file('server.pem')}`,
      `tls-key-file ${file('server.key')}`,
      `tls-ca-cert-file ${file('ca.pem')}`,
      'tls-auth-clients no',
      'user default off',
      `user ${username} on >${password} ~{${keyPrefix}}:* &{${keyPrefix}}:* -@all ${commands}`,
    ],
    cliArgs: ['--tls', '--cacert', file('ca.pem'), '--user', username, '--pass', password, '--no-auth-warning'],
  })
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })
  return { server, caFile: file('ca.pem'), username, password, remove }
}

/** Like `waitFor`, for a server that may still reject commands. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  await waitFor(() => condition().catch(() => false), { intervalMs: 25, timeoutMs: 60_000 }).catch(() => {
    throw new Error(`timed out: ${condition.toString()}`)
  })
}
