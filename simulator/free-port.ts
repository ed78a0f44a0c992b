import { createServer } from 'node:http'
import { closeNow, listen } from './listen.js'

export interface FirstFreePortOptions {
  readonly host: string
  readonly from: number
  /** Ports that are spoken for although nobody listens yet. */
  readonly except?: readonly number[]
}

const TRIES = 50

/** The first port from `from` on that can be listened at. Rejects when none of fifty can. */
export async function firstFreePort({ host, from, except = [] }: FirstFreePortOptions): Promise<number> {
  for (let port = from; port < from + TRIES && port <= 65_535; port += 1) {
    if (!except.includes(port) && (await isFree(host, port))) return port
  }
  throw new Error(`no free port from ${from} on`)
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    await listen(server, { host, port })
  } catch {
    return false
  }
  await closeNow(server)
  return true
}
