import { createAnonymousAuthenticator } from '../../../src/http/authentication/anonymous-authenticator.js'
import { requireScope } from '../../../src/http/authentication/authorise.js'
import type { Caller } from '../../../src/http/authentication/caller.js'
import { ProblemError } from '../../../src/http/problem.js'
import { startTestServer } from '../../support/test-server.js'

const reader: Caller = { subject: 'alice', scopes: new Set(['read']), groupPatterns: null }

function refusalOf(scope: string) {
  try {
    requireScope(reader, scope)
    return null
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const { detail, headers, reason } = error.options
    return { code: error.code, detail, headers, reason }
  }
}

describe('a scope', () => {
  it('is had, or the answer is 403 and names it', () => {
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

  it('is compared whole and in its case', () => {
    expect(refusalOf('READ')?.code).toBe('forbidden')
    expect(refusalOf('rea')?.code).toBe('forbidden')
  })

  it('that is empty is had by everyone', () => {
    expect(refusalOf('')).toBeNull()
  })
})

it('without authentication everyone is anonymous, whatever they say they are', async () => {
  const server = await startTestServer(createAnonymousAuthenticator({ scopes: ['read'] }))
  const { body } = await server.request({ 'x-forwarded-user': 'mallory', authorization: 'Bearer x' })
  await server.close()
  expect(body).toEqual({ subject: 'anonymous', scopes: ['read'], groupPatterns: null })
})
