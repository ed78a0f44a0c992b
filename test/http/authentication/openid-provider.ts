import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type Adapter, type Configuration, Provider } from 'oidc-provider'

/** A real OpenID provider on a free loopback port. */
export interface OidcProvider {
  readonly issuer: string
  /** An access token by the client credentials grant, for `audience` and with `scope`. */
  clientToken(scope?: string): Promise<string>
  /** Signs with a new key from now on; the old one stays published. */
  rotateKeys(): Promise<void>
  /** Publishes the newest key only. */
  withdrawOldKeys(): void
  /** How often its metadata was fetched. */
  metadataRequests(): number
  close(): Promise<void>
}

/** Starts the provider at `/tenant` of its port, with one client and one API, `audience`. */
export async function startOidcProvider({ audience }: { readonly audience: string }): Promise<OidcProvider> {
  let metadataRequests = 0
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => {
    if (request.url?.includes('/.well-known/') === true) metadataRequests += 1
    // As a mounted app: the provider sees paths below its issuer's.
    request.url = request.url?.replace(/^\/tenant/, '') ?? '/'
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}/tenant`
  let keys: JWK[] = []

  /** A provider's keys are fixed, so other keys need another provider at the same address. */
  function publish(newKeys: JWK[]): void {
    keys = newKeys
    const callback = new Provider(issuer, configuration(audience, keys)).callback()
    listener = (request, response) => {
      // Links in its answers, such as jwks_uri, begin with the mount path.
      Object.assign(request, { originalUrl: `/tenant${request.url}` })
      void callback(request, response)
    }
  }
  publish([await createKey()])

  return {
    issuer,
    async clientToken(scope = '') {
      const form = { grant_type: 'client_credentials', client_id: 'web', client_secret: clientSecret, scope }
      const response = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
      const answer = (await response.json()) as { access_token?: string }
      if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`)
      return answer.access_token
    },
    rotateKeys: async () => publish([await createKey(), ...keys]),
    withdrawOldKeys: () => publish(keys.slice(0, 1)),
    metadataRequests: () => metadataRequests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Stores nothing: its tokens are JWTs, and there are no sessions. */
const noStorage: Adapter = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
}

const clientSecret = 'the-client-secret-of-the-test'

function configuration(audience: string, keys: JWK[]): Configuration {
  return {
    adapter: () => noStorage,
    ttl: { ClientCredentials: 300 },
    jwks: { keys },
    clients: [
      {
        client_id: 'web',
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({
          scope: 'face-groups:read face-groups:refresh',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

async function createKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256', kid: crypto.randomUUID() }
}
