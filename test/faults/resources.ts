import { readFileSync } from 'node:fs'
import type { ReplicaProcess } from '../support/replica-process.js'

const ESTABLISHED = '01'

/** What lives in the process after its garbage has been collected. */
export async function heldBytes(replica: ReplicaProcess): Promise<number> {
  const { heldBytes } = (await replica.tell({ command: 'memory' })) as { heldBytes: number }
  return heldBytes
}

/** Open descriptors but for the connections that others hold to it; one that its other end has left counts as its own. */
export function ownDescriptors(replica: ReplicaProcess): number {
  return replica.descriptors() - inboundConnections(replica)
}

function inboundConnections({ pid, port, adminPort }: ReplicaProcess): number {
  const own = new Set([port, adminPort].map((number) => number.toString(16).toUpperCase().padStart(4, '0')))
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
  return rows.filter((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/)
    return state === ESTABLISHED && own.has(local.slice(-4))
  }).length
}
