import type { Server } from 'node:http'

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

/** Resolves with the port once the server listens; rejects when it cannot. */
export async function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

/** Ends every connection, whatever it is in the middle of. */
export async function closeNow(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** The URL a client on this machine reaches the server at. */
export function urlOf(scheme: 'http' | 'https', { host, port }: ListenOptions): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
