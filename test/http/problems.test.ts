import type { Behaviour } from '../../simulator/behaviour.js'
import { type RunningService, startService } from '../support/service.js'

interface Problem {
  readonly type: string
  readonly code: string
  readonly status: number
  readonly requestId: string
  readonly retryAfterSeconds?: number
}

async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const problem = (await response.json()) as Problem
  expect(problem).toMatchObject({ type: `/problems/${code}`, code, status, title: expect.any(String) })
  expect(problem.requestId).toBe(response.headers.get('x-request-id'))
  return problem
}

describe('a client error', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService()
  })
  afterAll(() => running.stop())

  it('is 401 without an error code if no token was sent', async () => {
    const response = await running.call('/api/face-groups', { authorization: null })
    await expectProblem(response, 401, 'unauthenticated')
    expect(response.headers.get('www-authenticate')).not.toContain('error=')
  })

  it.each([
    ['malformed', async () => 'not.a.token'],
    ['expired', () => running.token({}, { expiresInSeconds: -60 })],
    ['for another audience', () => running.token({ aud: 'another-service' })],
    ['of another issuer', () => running.token({ iss: 'https://elsewhere.example' })],
    ['signed by another key', async () => (await running.token()).replace(/.{8}$/, 'AAAAAAAA')],
  ])('is 401 invalid_token if the token is %s', async (_what, token) => {
    const response = await running.call('/api/face-groups', { authorization: `Bearer ${await token()}` })
    await expectProblem(response, 401, 'unauthenticated')
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  it.each(['/', '/api', '/api/nothing', '/api/face-groups/a/b', '/API/face-groups', '/metrics'])(
    'is 404 for the unknown route %s',
    async (path) => {
      await expectProblem(await running.call(path), 404, 'not_found')
    },
  )

  it.each([
    ['DELETE', '/api/face-groups', 'GET, HEAD'],
    ['POST', '/api/face-groups', 'GET, HEAD'],
    ['PUT', '/api/face-groups/some-id', 'GET, HEAD'],
    ['DELETE', '/api/face-groups/refresh', 'GET, HEAD, POST'],
    ['POST', '/health', 'GET, HEAD'],
  ])('is 405 for %s %s', async (method, path, allow) => {
    const response = await running.call(path, { method })
    await expectProblem(response, 405, 'method_not_allowed')
    expect(response.headers.get('allow')).toBe(allow)
  })

  it('keeps a well-formed request id and replaces any other', async () => {
    const kept = await running.call('/api/nothing', { headers: { 'x-request-id': 'abc-123' } })
    const replaced = await running.call('/api/nothing', { headers: { 'x-request-id': 'a b"c' } })
    expect(kept.headers.get('x-request-id')).toBe('abc-123')
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('a vendor failure without a copy to serve', () => {
  // Short only if the limit has to be reached: otherwise a busy machine must not reach it.
  const limitsOf = (status: number) => ({
    FINAUTH_MAX_RESPONSE_BYTES: '1000000',
    ...(status === 504 && { FINAUTH_TIMEOUT_MS: '300', FINAUTH_DEADLINE_MS: '1500' }),
  })

  it.each<[Behaviour | string, number, string]>([
    ['missing_arguments', 502, 'upstream_rejected'],
    ['bad_arguments', 502, 'upstream_rejected'],
    ['authentication_error', 502, 'upstream_rejected'],
    ['api_not_found', 502, 'upstream_rejected'],
    ['request_entity_too_large', 502, 'upstream_rejected'],
    ['internal_error', 503, 'upstream_unavailable'],
    [{ kind: 'error', status: 403, error: 'AUTHORIZATION_ERROR: IP_NOT_ALLOWED' }, 502, 'upstream_rejected'],
    [{ kind: 'error', status: 403, error: 'CONCURRENCY_LIMIT_EXCEEDED' }, 503, 'upstream_overloaded'],
    [{ kind: 'error', status: 429, error: 'CONCURRENCY_LIMIT_EXCEEDED' }, 503, 'upstream_overloaded'],
    [{ kind: 'error', status: 418, error: 'SOMETHING_NEW' }, 502, 'upstream_rejected'],
    [{ kind: 'error_with_200' }, 503, 'upstream_unavailable'],
    [{ kind: 'html' }, 503, 'upstream_unavailable'],
    [{ kind: 'html', status: 200 }, 502, 'upstream_invalid_response'],
    [{ kind: 'empty' }, 502, 'upstream_invalid_response'],
    [{ kind: 'invalid_json' }, 502, 'upstream_invalid_response'],
    [{ kind: 'wrong_shape' }, 502, 'upstream_invalid_response'],
    [{ kind: 'cut_off' }, 502, 'upstream_invalid_response'],
    [{ kind: 'redirect' }, 502, 'upstream_invalid_response'],
    [{ kind: 'oversized', bytes: 2_000_000 }, 502, 'upstream_invalid_response'],
    [{ kind: 'gzip_bomb', bytes: 2_000_000 }, 502, 'upstream_invalid_response'],
    [{ kind: 'reset' }, 503, 'upstream_unavailable'],
    [{ kind: 'hang' }, 504, 'upstream_timeout'],
    [{ kind: 'trickle' }, 504, 'upstream_timeout'],
  ])('%j is answered %i %s', async (behaviour, status, code) => {
    const environment = limitsOf(status)
    const running = await startService({ environment, prepare: (simulator) => simulator.set(behaviour) })
    try {
      const problem = await expectProblem(await running.call('/api/face-groups'), status, code)
      expect(problem.retryAfterSeconds).toBeGreaterThan(0)
    } finally {
      await running.stop()
    }
  })
})

describe('an unavailable identity provider', () => {
  it('is 503, not 401, with Retry-After', async () => {
    const running = await startService({ prepare: (_simulator, issuer) => issuer.setFault({ kind: 'fail' }) })
    try {
      const token = await running.token()
      const response = await running.call('/api/face-groups', { authorization: `Bearer ${token}` })
      await expectProblem(response, 503, 'identity_provider_unavailable')
      expect(response.headers.get('retry-after')).not.toBeNull()
    } finally {
      await running.stop()
    }
  })
})
