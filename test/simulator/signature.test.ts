import { type FinAuthSimulatorOptions, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { systemClock } from '../../src/clock.js'
import { useSimulator } from '../support/upstream.js'
import { call, goodFields, LIST_PATH, makeSign, signRaw } from './signed-call.js'

const simulator = useSimulator()
const now = () => Math.floor(Date.now() / 1000)

const published = {
  account: {
    name: 'published',
    apiKey: 'ICVvC_xUs6177WEtyUNwIH8J6NfGu50t',
    apiSecret: 'UjYGdN9CBZKsDBLB5-5v3DykPXY6dw3q',
  },
  sign:
    'SPzLRbDBgTGC2A8YdDaa7Jrny+5hPUlDVnZDX3hVczYxNzdXRXR5VU53SUg4SjZOZkd1NTB0JmI9MTUzMDc2MjIxOCZj' +
    'PTE1MzA3NjIxMTgmZD0wNzk5Njg3MDY2',
  currentTime: 1_530_762_118,
}

async function answerOf(response: Response): Promise<[number, unknown]> {
  return [response.status, await response.json()]
}

async function callOnce(options: FinAuthSimulatorOptions, sign: string): Promise<[number, unknown]> {
  const own = await startFinAuthSimulator(options)
  try {
    return await answerOf(await call(own.url, goodFields(sign)))
  } finally {
    await own.close()
  }
}

it('answers a correctly signed call with the example of the vendor, by value', async () => {
  const response = await call(simulator().url)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    request_id: expect.stringMatching(/^\d{10},[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    time_used: expect.any(Number),
    group_infos: [
      {
        group_id: 'Finauth_test_001',
        group_name: 'TestUserSet001',
        group_data: '',
        model_version: 's21',
        add_time: '2026-01-27T14:19:01+08:00',
      },
      {
        group_id: 'Finauth_test_002',
        group_name: 'TestUserSet002',
        group_data: '',
        model_version: 's21',
        add_time: '2026-01-27T19:42:47+08:00',
      },
      {
        group_id: 'YuanliStudent_test_01',
        group_name: 'MegviiInternLibrary_01',
        group_data: 'Megvii intern face library for storing face information',
        model_version: 's21',
        add_time: '2026-02-05T11:17:45+08:00',
      },
    ],
  })
})

it('accepts the published vector when its clock is set to 2018', async () => {
  const clock = { ...systemClock, wallMs: () => published.currentTime * 1000 }
  const [status] = await callOnce({ accounts: [published.account], clock }, published.sign)
  expect(status).toBe(200)
})

it('rejects the published vector today', async () => {
  expect(await callOnce({ accounts: [published.account] }, published.sign)).toEqual([
    403,
    { error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  ])
})

const MALFORMED = 'BAD_ARGUMENTS: sign'
const EXPIRED = 'AUTHORIZATION_ERROR: EXPIRED_SIGN'
const key = 'simulator-demo-key-not-a-secret'

it.each<[string, () => string, number, string]>([
  ['an unknown key', () => makeSign({ key: 'nobody' }), 403, 'AUTHENTICATION_ERROR'],
  ['a wrong secret', () => makeSign({ secret: 'wrong' }), 403, 'AUTHORIZATION_ERROR: INVALID_SIGN'],
  ['a raw part changed after signing', () => tampered(), 403, 'AUTHORIZATION_ERROR: INVALID_SIGN'],
  ['an expiry in the past', () => makeSign({ b: now() - 10, c: now() - 60 }), 403, EXPIRED],
  ['a creation ahead of its clock', () => makeSign({ b: now() + 900, c: now() + 600 }), 403, EXPIRED],
  ['a creation after the expiry', () => makeSign({ b: now() + 2, c: now() + 4 }), 403, EXPIRED],
  ['a single-use sign of an hour ago', () => makeSign({ b: 0, c: now() - 3600 }), 403, EXPIRED],
  ['the URL-safe alphabet', () => urlSafe(), 400, MALFORMED],
  ['missing padding', () => unpadded(), 400, MALFORMED],
  ['a line break in the Base64', () => `${makeSign().slice(0, 20)}\n${makeSign().slice(20)}`, 400, MALFORMED],
  ['the digest only', () => signRaw('', 'x'), 400, MALFORMED],
  ['an eleven-digit random', () => makeSign({ d: '12345678901' }), 400, MALFORMED],
  ['a negative random', () => makeSign({ d: '-1' }), 400, MALFORMED],
  ['parts in another order', () => signRaw(`b=${now() + 60}&a=${key}&c=${now()}&d=1`), 400, MALFORMED],
  ['times that are not whole seconds', () => signRaw(`a=${key}&b=${now() + 60}.5&c=${now()}&d=1`), 400, MALFORMED],
  ['bytes after the random', () => signRaw(`a=${key}&b=${now() + 60}&c=${now()}&d=1&e=2`), 400, MALFORMED],
])('rejects %s', async (_, sign, status, error) => {
  expect(await answerOf(await call(simulator().url, goodFields(sign())))).toEqual([status, { error }])
})

it('accepts a single-use sign once', async () => {
  const sign = makeSign({ b: 0 })
  expect((await call(simulator().url, goodFields(sign))).status).toBe(200)
  expect(await answerOf(await call(simulator().url, goodFields(sign)))).toEqual([403, { error: EXPIRED }])
  expect(simulator().calls().refused).toEqual({ replayed: 1 })
})

it('accepts a timed sign again until it expires', async () => {
  const sign = makeSign()
  expect((await call(simulator().url, goodFields(sign))).status).toBe(200)
  expect((await call(simulator().url, goodFields(sign))).status).toBe(200)
})

it('accepts no sign twice in strict mode', async () => {
  const strict = await startFinAuthSimulator({ everySignOnce: true })
  const sign = makeSign()
  expect((await call(strict.url, goodFields(sign))).status).toBe(200)
  expect((await call(strict.url, goodFields(sign))).status).toBe(403)
  await strict.close()
})

it.each<[string, [string, string][], string]>([
  ['no sign', [['sign_version', 'hmac_sha1']], 'MISSING_ARGUMENTS: sign'],
  ['an empty sign', goodWith([['sign', '']]), 'MISSING_ARGUMENTS: sign'],
  ['no sign_version', [['sign', makeSign()]], 'MISSING_ARGUMENTS: sign_version'],
  ['another sign_version', goodWith([['sign_version', 'hmac_sha256']]), 'BAD_ARGUMENTS: sign_version'],
  ['a further field', [...goodWith([]), ['page', '2']], 'BAD_ARGUMENTS: page'],
  ['a field given twice', [...goodWith([]), ['sign', makeSign()]], 'BAD_ARGUMENTS: sign'],
])('rejects a form with %s', async (_, fields, error) => {
  expect(await answerOf(await call(simulator().url, fields))).toEqual([400, { error }])
})

it('rejects a form that is not multipart', async () => {
  const body = new URLSearchParams({ sign: makeSign(), sign_version: 'hmac_sha1' })
  const response = await fetch(simulator().url + LIST_PATH, { method: 'POST', body })
  expect(await answerOf(response)).toEqual([400, { error: 'MISSING_ARGUMENTS: sign' }])
})

it('rejects a file in place of a field', async () => {
  const form = new FormData()
  form.append('sign', new Blob([makeSign()]), 'sign.txt')
  form.append('sign_version', 'hmac_sha1')
  const response = await fetch(simulator().url + LIST_PATH, { method: 'POST', body: form })
  expect(response.status).toBe(400)
})

it('rejects a form of more than 64 KiB in plain text', async () => {
  const response = await call(simulator().url, goodFields('A'.repeat(70_000)))
  expect(response.status).toBe(413)
  expect(await response.text()).toBe('Request Entity Too Large')
})

it('answers 404 for any other URL', async () => {
  const response = await fetch(`${simulator().url}/finauth/search/group/list`, { method: 'POST' })
  expect(await answerOf(response)).toEqual([404, { error: 'API_NOT_FOUND' }])
})

it('takes nothing but POST', async () => {
  const response = await fetch(simulator().url + LIST_PATH)
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('POST')
})

function goodWith(changes: readonly [string, string][]): [string, string][] {
  return Object.entries({ sign: makeSign(), sign_version: 'hmac_sha1', ...Object.fromEntries(changes) })
}

function tampered(): string {
  const bytes = Buffer.from(makeSign({ d: '1' }), 'base64')
  return Buffer.concat([bytes.subarray(0, -1), Buffer.from('2')]).toString('base64')
}

/** A correct signature whose Base64 needs one of the two characters that differ. */
function urlSafe(): string {
  for (;;) {
    const sign = makeSign()
    if (/[+/]/.test(sign)) return sign.replaceAll('+', '-').replaceAll('/', '_')
  }
}

function unpadded(): string {
  for (let d = 1; ; d *= 10) {
    const sign = makeSign({ d: String(d) })
    if (sign.endsWith('=')) return sign.replace(/=+$/, '')
  }
}
