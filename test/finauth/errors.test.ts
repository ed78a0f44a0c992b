import { diagnoseStatus, readError } from '../../src/finauth/errors.js'

describe('readError', () => {
  it.each([
    ['MISSING_ARGUMENTS: sign', 400, 'malformed_request', 'MISSING_ARGUMENTS'],
    ['BAD_ARGUMENTS:sign_version', 400, 'malformed_request', 'BAD_ARGUMENTS'],
    ['AUTHENTICATION_ERROR', 403, 'credentials', 'AUTHENTICATION_ERROR'],
    ['AUTHENTICATION_ERROR', 401, 'credentials', 'AUTHENTICATION_ERROR'],
    ['AUTHORIZATION_ERROR: EXPIRED_SIGN', 403, 'expired_sign', 'EXPIRED_SIGN'],
    ['AUTHORIZATION_ERROR:EXPIRED_SIGN', 403, 'expired_sign', 'EXPIRED_SIGN'],
    ['AUTHORIZATION_ERROR : INVALID_SIGN', 403, 'credentials', 'INVALID_SIGN'],
    ['AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED', 403, 'credentials', 'API_KEY_BE_DISCONTINUED'],
    ['AUTHORIZATION_ERROR: IP_NOT_ALLOWED', 403, 'account', 'IP_NOT_ALLOWED'],
    ['AUTHORIZATION_ERROR: LIMIT_REACHED', 403, 'account', 'LIMIT_REACHED'],
    ['AUTHORIZATION_ERROR: MORE_RETRY_TIMES', 403, 'account', 'MORE_RETRY_TIMES'],
    ['AUTHORIZATION_ERROR: DENIED', 403, 'account', 'DENIED'],
    ['AUTHORIZATION_ERROR: NO_FACE_SEARCH_PERMISSION', 403, 'account', 'NO_FACE_SEARCH_PERMISSION'],
    ['AUTHORIZATION_ERROR: Denied by Client', 403, 'account', 'DENIED_BY_CLIENT'],
    ['AUTHORIZATION_ERROR:  Denied  by - Client', 403, 'account', 'DENIED_BY_CLIENT'],
    ['Denied by Admin', 403, 'account', 'DENIED_BY_ADMIN'],
    ['Insufficient Account Balance', 403, 'account', 'INSUFFICIENT_ACCOUNT_BALANCE'],
    ['AUTHORIZATION_ERROR', 403, 'account', 'AUTHORIZATION_ERROR'],
    ['CONCURRENCY_LIMIT_EXCEEDED', 403, 'overloaded', 'CONCURRENCY_LIMIT_EXCEEDED'],
    ['CONCURRENCY_LIMIT_EXCEEDED', 429, 'overloaded', 'CONCURRENCY_LIMIT_EXCEEDED'],
    ['API_NOT_FOUND', 404, 'wrong_url', 'API_NOT_FOUND'],
    ['Request Entity Too Large', 413, 'too_large', 'REQUEST_ENTITY_TOO_LARGE'],
    ['INTERNAL_ERROR', 500, 'vendor_fault', 'INTERNAL_ERROR'],
    ['INTERNAL_ERROR', 200, 'vendor_fault', 'INTERNAL_ERROR'],
    ['AUTHENTICATION_ERROR', 500, 'credentials', 'AUTHENTICATION_ERROR'],
  ] as const)('maps %p with HTTP %d to %s', (error, httpStatus, diagnosis, vendorCode) => {
    expect(readError(error, httpStatus)).toEqual({ diagnosis, vendorCode, isUnknown: false })
  })

  it.each([
    [200, 'unknown_error'],
    [400, 'malformed_request'],
    [403, 'account'],
    [429, 'overloaded'],
    [503, 'vendor_fault'],
  ] as const)('maps an unknown code by its HTTP status %d and reports it', (httpStatus, diagnosis) => {
    expect(readError('SOMETHING_NEW', httpStatus)).toEqual({ diagnosis, vendorCode: 'SOMETHING_NEW', isUnknown: true })
  })

  it('maps an unknown reason of AUTHORIZATION_ERROR to the account, whatever the status', () => {
    expect(readError('AUTHORIZATION_ERROR: MOON_PHASE', 500)).toEqual({
      diagnosis: 'account',
      vendorCode: 'MOON_PHASE',
      isUnknown: true,
    })
  })

  it.each(['bad sign SPzLRbDBgTGC2A8YdDaa7Jrny+5h', 'KEY_ICVvC_xUs6177', 'x'.repeat(5000), '::::', '<b>'])(
    'reveals nothing of an error that is not a code: %p',
    (error) => {
      expect(readError(error, 500)).toEqual({ diagnosis: 'vendor_fault', isUnknown: true })
    },
  )
})

describe('diagnoseStatus', () => {
  it.each([
    [204, 'unknown_error'],
    [299, 'unknown_error'],
    [300, 'redirected'],
    [302, 'redirected'],
    [399, 'redirected'],
    [400, 'malformed_request'],
    [401, 'credentials'],
    [403, 'account'],
    [404, 'wrong_url'],
    [408, 'timeout'],
    [413, 'too_large'],
    [418, 'refused'],
    [429, 'overloaded'],
    [500, 'vendor_fault'],
    [502, 'vendor_fault'],
  ] as const)('maps a bare HTTP %d to %s', (httpStatus, diagnosis) => {
    expect(diagnoseStatus(httpStatus)).toBe(diagnosis)
  })
})
