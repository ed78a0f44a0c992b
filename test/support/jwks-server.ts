import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'

/** An identity provider's JWKS endpoint that does as it is told. */
export interface JwksServer {
  readonly url: URL
  /** How often it was asked. */
  readonly requests: number
  serve(keys: readonly JWK[]): void
  /** Answers otherwise from now on. */
  answer(listener: RequestListener): void
  close(): Promise<void>
}

export async function startJwksServer(keys: readonly JWK[] = []): Promise<JwksServer> {
  let requests = 0
  let listener = serving(keys)
  const server = createServer((request, response) => {
    requests += 1
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/jwks.json`),
    get requests() {
      return requests
    },
    serve(keys) {
      listener = serving(keys)
    },
    answer(next) {
      listener = next
    },
    async close() {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function serving(keys: readonly JWK[]): RequestListener {
  return (_request, response) => {
    response.setHeader('Content-Type', 'application/jwk-set+json').end(JSON.stringify({ keys }))
  }
}
