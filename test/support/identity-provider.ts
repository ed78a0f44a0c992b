import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** An identity provider's JWKS endpoint, controlled by the test. */
export interface JwksServer {
  readonly url: URL
  /** The number of requests. */
  readonly requests: number
  serve(keys: readonly JWK[]): void
  /** Changes the answer from now on. */
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

/** A key pair minted for one test, and the tokens it signs. */
export interface TestKey {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  /** A token, valid for five minutes by default; a claim set to `undefined` is omitted. */
  mint(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
}

export const testIssuer = 'https://idp.example.test/'
export const testAudience = 'face-groups'

export async function createTestKey({ alg = 'ES256', kid = 'k1' } = {}): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    alg,
    privateKey,
    publicKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    mint(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000)
      const standard = { iss: testIssuer, aud: testAudience, sub: 'alice', iat: now, exp: now + 300 }
      return new SignJWT({ ...standard, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
    },
  }
}
