import { type CallOptions, type RunningService, startService } from '../support/service.js'

let running: RunningService
beforeAll(async () => {
  running = await startService({ environment: { CORS_ORIGINS: 'https://app.example.test', JWT_READ_SCOPE: 'read' } })
})
afterAll(() => running.stop())

type Asked = [status: number, path: string, options: CallOptions & { scope?: string }]

const data: Asked[] = [
  [200, '/api/face-groups', {}],
  [200, '/api/face-groups', { method: 'HEAD' }],
  [200, '/api/face-groups/Finauth_test_001', {}],
  [304, '/api/face-groups', { headers: { 'if-none-match': '*' } }],
]
const errors: Asked[] = [
  [400, '/api/face-groups?limit=0', {}],
  [400, '/api/face-groups/%ff', {}],
  [401, '/api/face-groups', { authorization: null }],
  [401, '/api/face-groups', { authorization: null, method: 'HEAD' }],
  [401, '/api/face-groups', { authorization: null, headers: { 'if-none-match': '*' } }],
  [401, '/api/face-groups', { authorization: 'Bearer guess' }],
  [403, '/api/face-groups', { scope: 'other' }],
  [403, '/api/face-groups/refresh', { method: 'POST' }],
  [404, '/api/face-groups/none', {}],
  [404, '/nothing', {}],
  [405, '/api/face-groups', { method: 'DELETE' }],
  [405, '/docs', { method: 'POST' }],
  [406, '/api/face-groups', { headers: { accept: 'image/png' } }],
]
const open: Asked[] = [
  [200, '/docs', {}],
  [200, '/problems/not_found', {}],
  [200, '/openapi.yaml', {}],
  [200, '/openapi.json', {}],
  [200, '/health', {}],
  [
    204,
    '/api/face-groups',
    {
      method: 'OPTIONS',
      authorization: null,
      headers: { origin: 'https://app.example.test', 'access-control-request-method': 'GET' },
    },
  ],
]

async function ask(path: string, { scope = 'read', ...options }: Asked[2]): Promise<Response> {
  const authorization = `Bearer ${await running.token({ scope })}`
  return running.call(path, { authorization, ...options })
}

it.each([...data, ...errors, ...open])(
  '%i %s %j carries every security header and reveals nothing about the server',
  async (status, path, options) => {
    const response = await ask(path, options)
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8,}/),
      'x-request-id': expect.any(String),
    })
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none';/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|http/)
    for (const name of ['server', 'x-powered-by', 'set-cookie']) expect(response.headers.get(name)).toBeNull()
  },
)

it.each(data)('%i %s %j is cached by the caller only, and revalidated before use', async (_status, path, options) => {
  expect((await ask(path, options)).headers.get('cache-control')).toBe('private, no-cache')
})

it.each(errors)('%i %s %j is not cached', async (_status, path, options) => {
  const { headers } = await ask(path, options)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('etag')).toBeNull()
})

it.each(['/health', '/health/live', '/health/ready', '/metrics'])(
  '%s on the admin port is not cached',
  async (path) => {
    const { headers } = await fetch(running.adminUrl + path)
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff'])
  },
)
