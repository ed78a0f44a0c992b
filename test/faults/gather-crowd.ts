import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface CrowdOptions {
  readonly port: number
  readonly count: number
  /** One of those in crowd.mjs. */
  readonly behaviour: string
  readonly request: string
}

/** Many connections from a process of its own. */
export interface Crowd {
  /** How many of those who ask once have been answered, by status. */
  statuses(): Promise<Record<string, number>>
  /** The process dies, and the connections with it. */
  disperse(): Promise<void>
}

/** Resolves once all of them have been connected. */
export async function gatherCrowd(options: CrowdOptions): Promise<Crowd> {
  const child = fork(join(import.meta.dirname, 'crowd.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  child.send(options)
  await once(child, 'message')
  return {
    async statuses() {
      const answer = once(child, 'message')
      child.send('statuses')
      return ((await answer) as [Record<string, number>])[0]
    },
    async disperse() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
