import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a gateway has behind it, as far as the gateway can tell: it keeps what arrives. */
export interface ReplicaStandIn {
  readonly port: number
  /** In order of arrival. */
  readonly requests: readonly IncomingMessage[]
  stop(): Promise<void>
}

export async function startReplicaStandIn(answer: RequestListener): Promise<ReplicaStandIn> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
