import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { z } from 'zod'
import { type Clock, systemClock } from '../src/clock.js'
import { type Answer, jsonAnswer } from './answers.js'
import { closeNow, listen, readBody, urlOf } from './listen.js'
import { goneSignal, pause, send } from './misbehave.js'

const JWKS_PATH = '/.well-known/jwks.json'
const DISCOVERY_PATH = '/.well-known/openid-configuration'

export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'

interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: CryptoKey
  /** The entry in the JWKS. */
  readonly publicJwk: JWK
}

/** Claims to set; `undefined` removes a claim. */
export type Claims = Readonly<Record<string, unknown>>

export interface MintOptions {
  /** Default 300; negative for an expired token. */
  readonly expiresInSeconds?: number
  /** Members of the JOSE header to set; `undefined` removes a member. */
  readonly header?: Readonly<Record<string, unknown>>
}

/** A fault of the JWKS endpoint. */
type IssuerFault =
  | { readonly kind: 'fail'; readonly status?: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'empty_key_set' }
  | { readonly kind: 'slow'; readonly delayMs: number }

export interface TokenIssuerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Default `face-groups`. */
  readonly audience?: string
  /** Default `ES256`, for which keys are generated fastest. */
  readonly algorithm?: SigningAlgorithm
  readonly clock?: Clock
}

export interface TokenIssuer {
  /** The `iss` of its tokens, and its URL. */
  readonly issuer: string
  readonly jwksUri: string
  readonly audience: string
  /** Mints a token; by default for `dev-user`, without a scope, for 300 seconds. */
  mint(claims?: Claims, options?: MintOptions): Promise<string>
  /** Signs with a new key from now on. The old keys stay in the JWKS unless `keepOld` is false. */
  rotate(options?: { readonly keepOld?: boolean }): Promise<void>
  /** Applies to every request for the keys until set to `null`. */
  setFault(fault: IssuerFault | null): void
  /** The number of requests for the keys. */
  jwksRequests(): number
  close(): Promise<void>
}

/**
 * Starts a minimal identity provider: a JWKS, a discovery document, and `POST /token`, which gives a token to anyone.
 * Keys are generated at start. For development and tests only.
 */
export async function startTokenIssuer(options: TokenIssuerOptions = {}): Promise<TokenIssuer> {
  const { host = '127.0.0.1', audience = 'face-groups', algorithm = 'ES256', clock = systemClock } = options
  let generated = 0
  const generate = () => generateSigningKey(algorithm, `${algorithm.toLowerCase()}-${(generated += 1)}`)
  let current = await generate()
  let published = [current]
  let fault: IssuerFault | null = null
  let jwksRequests = 0

  async function mint(claims: Claims = {}, { expiresInSeconds = 300, header }: MintOptions = {}): Promise<string> {
    const { algorithm: alg, kid, privateKey } = current
    const iat = Math.floor(clock.wallMs() / 1000)
    const defaults = { iss: issuer, aud: audience, sub: 'dev-user', iat, exp: iat + expiresInSeconds }
    return new SignJWT(withoutUndefined({ ...defaults, ...claims }))
      .setProtectedHeader({ ...withoutUndefined({ typ: 'JWT', kid, ...header }), alg })
      .sign(privateKey)
  }
  const keySet = () => jsonAnswer(200, { keys: published.map((key) => key.publicJwk) })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0]
    const reading = request.method === 'GET' || request.method === 'HEAD'
    if (path === JWKS_PATH && reading) {
      jwksRequests += 1
      return answerKeys(response, fault, keySet())
    }
    if (path === DISCOVERY_PATH && reading) return send(response, discovery(issuer, algorithm))
    if (path === '/token' && request.method === 'POST') return send(response, await answerTokenRequest(request, mint))
    return send(response, jsonAnswer(404, { error: `only ${JWKS_PATH}, ${DISCOVERY_PATH} and POST /token are here` }))
  }
  const server = createServer((request, response) => {
    // The only failure here is a disconnected client.
    answer(request, response).catch(() => response.destroy())
  })
  const port = await listen(server, { host, port: options.port ?? 0 })
  const issuer = urlOf('http', { host, port })

  return {
    issuer,
    jwksUri: issuer + JWKS_PATH,
    audience,
    mint,
    async rotate({ keepOld = true } = {}) {
      current = await generate()
      published = keepOld ? [current, ...published] : [current]
    },
    setFault(next) {
      fault = next
    },
    jwksRequests: () => jwksRequests,
    close: () => closeNow(server),
  }
}

async function answerKeys(response: ServerResponse, fault: IssuerFault | null, keySet: Answer): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return send(response, keySet)
    case 'fail':
      return send(response, jsonAnswer(fault.status ?? 500, { error: 'server_error' }))
    case 'garbage':
      return send(response, { ...keySet, body: Buffer.from('<html>not a key set</html>') })
    case 'empty_key_set':
      return send(response, jsonAnswer(200, { keys: [] }))
    case 'hang':
      await once(response, 'close')
      return
    case 'slow':
      await pause(fault.delayMs, goneSignal(response))
      if (!response.destroyed) send(response, keySet)
  }
}

function discovery(issuer: string, algorithm: SigningAlgorithm): Answer {
  return jsonAnswer(200, {
    issuer,
    jwks_uri: issuer + JWKS_PATH,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  })
}

const maxRequestBytes = 65_536

const tokenRequest = z.strictObject({
  sub: z.string().min(1).max(256).default('dev-user'),
  scope: z.string().max(2000).default('face-groups:refresh'),
  expiresInSeconds: z.coerce.number().int().min(1).max(2_592_000).default(3600),
})

/**
 * `POST /token`: mints a token for any caller; `sub`, `scope` and `expiresInSeconds` as JSON or as a form.
 * The answer has the shape of RFC 6749, section 5.
 */
async function answerTokenRequest(
  request: IncomingMessage,
  mint: (claims: Claims, options: MintOptions) => Promise<string>,
): Promise<Answer> {
  const body = await readBody(request, { maxBytes: maxRequestBytes })
  const input = body === null ? undefined : parse(request.headers['content-type'], body.toString('utf8'))
  if (input === undefined) return invalidRequest('expected a JSON object or a form')
  const parsed = tokenRequest.safeParse(input)
  if (!parsed.success) {
    return invalidRequest(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  }
  const { sub, scope, expiresInSeconds } = parsed.data
  const token = await mint({ sub, scope }, { expiresInSeconds })
  return jsonAnswer(200, { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds, scope })
}

function parse(contentType: string | undefined, text: string): unknown {
  if (text === '') return {}
  if (!/^application\/json\b/i.test(contentType ?? '')) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function invalidRequest(description: string): Answer {
  return jsonAnswer(400, { error: 'invalid_request', error_description: description })
}

/** Generates a key pair in memory. */
async function generateSigningKey(algorithm: SigningAlgorithm, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { kid, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } }
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
