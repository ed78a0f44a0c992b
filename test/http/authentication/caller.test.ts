import {
  type Caller,
  createAnonymousAuthenticator,
  groupPatternsFrom,
  requireFewPatterns,
  requireScope,
} from '../../../src/http/authentication/caller.js'
import { ProblemError } from '../../../src/http/problem.js'
import { startTestServer } from './test-server.js'

const reader: Caller = { subject: 'alice', scopes: new Set(['read']), groupPatterns: null }

function refusalOf(scope: string) {
  try {
    requireScope(reader, scope)
    return null
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { code: error.code, ...error.options }
  }
}

describe('a scope', () => {
  it('is required: 403 names the missing one', () => {
    expect(refusalOf('read')).toBeNull()
    expect(refusalOf('face-groups:refresh')).toEqual({
      code: 'forbidden',
      detail: 'This needs the scope face-groups:refresh.',
      headers: {
        'WWW-Authenticate': 'Bearer realm="face-groups", error="insufficient_scope", scope="face-groups:refresh"',
      },
      reason: 'missing_scope',
    })
  })

  it('is compared exactly, including case', () => {
    expect(refusalOf('READ')?.code).toBe('forbidden')
    expect(refusalOf('rea')?.code).toBe('forbidden')
  })

  it('may be empty, which every caller has', () => {
    expect(refusalOf('')).toBeNull()
  })
})

it('without authentication every caller is anonymous, whatever it claims', async () => {
  const server = await startTestServer(createAnonymousAuthenticator({ scopes: ['read'] }))
  const { body } = await server.request({ 'x-forwarded-user': 'mallory', authorization: 'Bearer x' })
  await server.close()
  expect(body).toEqual({ subject: 'anonymous', scopes: ['read'], groupPatterns: null })
})

describe('the group patterns of a caller', () => {
  const callerWith = (count: number): Caller => ({
    ...reader,
    groupPatterns: Array.from({ length: count }, (_, n) => `library-${n}`),
  })

  it('may be up to 1000, or absent', () => {
    expect(() => requireFewPatterns(reader)).not.toThrow()
    expect(() => requireFewPatterns(callerWith(1000))).not.toThrow()
  })

  it('are 403 beyond 1000', () => {
    const detail = 'The caller has more than 1000 different group patterns, which are too many.'
    expect(() => requireFewPatterns(callerWith(1001))).toThrow(
      expect.objectContaining({ code: 'forbidden', options: { reason: 'too_many_patterns', detail } }),
    )
  })
})

it('group patterns of a claim are sorted, and limited to one more than allowed', () => {
  const names = Array.from({ length: 1500 }, (_, n) => `library-${String(n).padStart(4, '0')}`)
  expect(groupPatternsFrom(names.toReversed())).toEqual(names.slice(0, 1001))
})
