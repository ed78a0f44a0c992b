import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { createPost, requestWithoutForeignHeaders } from '../../src/finauth/attempt.js'
import { closeAll, connect, example } from './finauth-fixtures.js'

afterEach(closeAll)

/** Connects to nothing: every attempt fails with this code. */
class FailingAgent extends Agent {
  readonly #code: string | undefined

  constructor(code: string | undefined) {
    super()
    this.#code = code
  }

  override createConnection(_options: object, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    const error = Object.assign(new Error('words of the transport'), { code: this.#code })
    callback?.(error, undefined as never)
  }
}

function failingWith(code: string | undefined) {
  const post = createPost({ baseUrl: 'http://finauth.test', agent: new FailingAgent(code), maxResponseBytes: 1000 })
  const { signal } = new AbortController()
  return post({ path: '/', fields: { sign: 'a signature' }, signal, onResponseHeaders() {} })
}

describe('a failed connection', () => {
  it.each([
    ['ECONNREFUSED', 'unreachable'],
    ['PROXY_STATUS_407', 'unreachable'],
    ['ETIMEDOUT', 'timeout'],
    ['PROXY_TIMEOUT', 'timeout'],
    ['HPE_INVALID_CONSTANT', 'unparseable'],
    ['CERT_HAS_EXPIRED', 'certificate'],
    ['CRL_HAS_EXPIRED', 'certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
    ['INVALID_CA', 'certificate'],
    ['INVALID_PURPOSE', 'certificate'],
    ['HOSTNAME_MISMATCH', 'certificate'],
    ['PATH_LENGTH_EXCEEDED', 'certificate'],
  ])('with %s is %s and keeps the code', async (code, diagnosis) => {
    expect(await failingWith(code)).toEqual({ diagnosis, reason: code })
  })

  it.each([[undefined], ['no code'], ['x'], ['xECONNRESET'], ['ECONNRESET '], ['A'.repeat(65)]])(
    'with the code %p keeps nothing of it',
    async (code) => {
      expect(await failingWith(code)).toEqual({ diagnosis: 'unreachable', reason: undefined })
    },
  )
})

it('a request contains only the headers that FinAuth may see', async () => {
  const { upstream } = await connect([example])
  const headers = { accept: 'text/plain', traceparent: '00-1-2-01', baggage: 'a=b', cookie: 'c=d' }
  await new Promise<void>((resolve) => {
    requestWithoutForeignHeaders({ host: '127.0.0.1', port: upstream.port, headers }, (response) => {
      response.resume().once('end', resolve)
    }).end()
  })
  expect(Object.keys(upstream.calls[0]?.headers ?? {}).toSorted()).toEqual(['accept', 'connection', 'host'])
})
