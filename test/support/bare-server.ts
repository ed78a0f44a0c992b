import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A process that answers everything at once: what it makes a caller wait is the machine's doing. */
export interface BareServer {
  readonly port: number
  stop(): Promise<void>
}

const program = `
  const server = require('node:http').createServer((request, response) => response.end('{}'))
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
`

export async function startBareServer(): Promise<BareServer> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
