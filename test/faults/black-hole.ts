import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Ports at which connecting neither succeeds nor fails. */
export interface BlackHole {
  close(): Promise<void>
}

// On Linux a listening socket whose queue is full drops what else wants to connect.
const program = `
  const ports = process.argv.slice(1).map(Number)
  let left = ports.length
  for (const port of ports) {
    require('node:net').createServer().listen({ port, host: '127.0.0.1', backlog: 1 }, () => --left || process.send('full'))
  }
`

export async function openBlackHole(ports: readonly number[]): Promise<BlackHole> {
  const child = spawn(process.execPath, ['-e', program, ...ports.map(String)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  child.kill('SIGSTOP')
  const fillers: Socket[] = ports.flatMap((port) => Array.from({ length: 4 }, () => connect(port, '127.0.0.1')))
  for (const filler of fillers) filler.on('error', () => {})
  await delay(100)
  return {
    async close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
