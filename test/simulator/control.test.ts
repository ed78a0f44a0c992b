import { useSimulator } from '../support/upstream.js'
import { call, goodFields, makeSign } from './signed-call.js'

const simulator = useSimulator()

async function post(action: string, input: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${simulator().url}/__simulator/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  })
  return { status: response.status, body: await response.json() }
}

async function calls(): Promise<unknown> {
  return (await fetch(`${simulator().url}/__simulator/calls`)).json()
}

it('counts calls, their outcomes, and the distinct signatures', async () => {
  const sign = makeSign()
  await call(simulator().url, goodFields(sign))
  await call(simulator().url, goodFields(sign))
  await call(simulator().url, goodFields(makeSign({ secret: 'wrong' })))
  await call(simulator().url, [])
  expect(await calls()).toMatchObject({
    total: 4,
    accepted: 2,
    acceptedByAccount: { demo: 2 },
    refused: { wrong_digest: 1, missing_sign: 1 },
    distinctSignatures: 2,
    recent: [{ outcome: 'accepted' }, {}, { outcome: 'wrong_digest' }, { behaviour: 'normal' }],
  })
})

it('counts a correctly signed call as accepted, whatever the answer is', async () => {
  await post('behaviour', { behaviour: 'internal_error', times: 1 })
  expect((await call(simulator().url)).status).toBe(500)
  expect(await calls()).toMatchObject({ accepted: 1, recent: [{ behaviour: 'internal_error' }] })
})

it('counts concurrent calls', async () => {
  simulator().set({ kind: 'normal', delayMs: 50 })
  await Promise.all([call(simulator().url), call(simulator().url), call(simulator().url)])
  await call(simulator().url)
  expect(simulator().calls().concurrentPeak).toBe(3)
})

it('shows no signature, key or secret', async () => {
  const sign = makeSign()
  await call(simulator().url, goodFields(sign))
  const shown = JSON.stringify(await calls())
  for (const secret of [sign, 'simulator-demo-key', 'simulator-demo-secret']) expect(shown).not.toContain(secret)
})

it('changes its behaviour, by name or by object', async () => {
  expect((await post('behaviour', { behaviour: 'html' })).status).toBe(200)
  expect((await call(simulator().url)).status).toBe(502)
  expect((await post('behaviour', { behaviour: { kind: 'empty', status: 503 } })).status).toBe(200)
  expect((await call(simulator().url)).status).toBe(503)
})

it('generates as many libraries as requested, deterministic per seed', async () => {
  expect((await post('groups', { generate: 500, seed: 7 })).body).toEqual({ groups: 500 })
  const first = await groupInfos()
  await post('groups', { generate: 500, seed: 7 })
  const again = await groupInfos()
  await post('groups', { generate: 500, seed: 8 })
  expect(first).toHaveLength(500)
  expect(again).toEqual(first)
  expect(await groupInfos()).not.toEqual(first)
})

it('generates unique ids, empty ids, missing data, and times in every documented form', async () => {
  await post('groups', { generate: 500 })
  const libraries = await groupInfos()
  const ids = libraries.map((library) => library['group_id']).filter((id) => id !== '')
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeLessThan(500)
  expect(libraries.some((library) => !('group_data' in library))).toBe(true)
  const times = libraries.map((library) => library['add_time'])
  for (const form of [/^\d{13}$/, /Z$/, /\+08:00$/, /-03:30$/]) {
    expect(times.some((time) => typeof time === 'string' && form.test(time))).toBe(true)
  }
  expect(times.some((time) => typeof time === 'number')).toBe(true)
})

it('returns exactly the given records', async () => {
  const records = [{ group_id: 'mine', odd: [1] }, 'no record at all']
  await post('groups', { groupInfos: records })
  expect(await groupInfos()).toEqual(records)
})

it('registers an account, disables it, and removes it', async () => {
  const account = { name: 'second', apiKey: 'second-key', apiSecret: 'second-secret' }
  const errorOf = async () =>
    (await call(simulator().url, goodFields(makeSign({ key: 'second-key', secret: 'second-secret' })))).json()
  expect((await post('accounts', { put: account })).body).toEqual({ accounts: ['demo', 'second'] })
  expect(await errorOf()).toHaveProperty('group_infos')
  await post('accounts', { put: { ...account, disabled: true } })
  expect(await errorOf()).toEqual({ error: 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED' })
  await post('accounts', { put: { ...account, apiSecret: 'rotated' } })
  expect(await errorOf()).toEqual({ error: 'AUTHORIZATION_ERROR: INVALID_SIGN' })
  await post('accounts', { remove: 'second' })
  expect(await errorOf()).toEqual({ error: 'AUTHENTICATION_ERROR' })
})

it('sets its clock', async () => {
  expect((await post('clock', { offsetSeconds: -3600 })).status).toBe(200)
  expect(await (await call(simulator().url)).json()).toEqual({ error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' })
})

it('forgets everything on reset', async () => {
  await post('behaviour', { behaviour: 'hang' })
  await post('groups', { generate: 9 })
  await post('clock', { offsetSeconds: 999 })
  await post('accounts', { remove: 'demo' })
  await post('reset', {})
  expect(await groupInfos()).toHaveLength(3)
  expect(await calls()).toMatchObject({ total: 1, distinctSignatures: 1 })
})

it.each<[string, string, unknown, number, string]>([
  ['an unknown behaviour', 'behaviour', { behaviour: 'explode' }, 400, 'behaviour.kind'],
  ['an unknown failure', 'behaviour', { behaviour: { kind: 'failure', name: 'x' } }, 400, 'expected one of'],
  ['an unknown member', 'behaviour', { behaviour: { kind: 'hang', faze: 1 } }, 400, 'faze'],
  ['zero times', 'behaviour', { behaviour: 'hang', times: 0 }, 400, 'times'],
  [
    'a header with a line break',
    'behaviour',
    { behaviour: { kind: 'html', retryAfter: '1\r\nX: y' } },
    400,
    'retryAfter',
  ],
  ['too many libraries', 'groups', { generate: 1e9 }, 400, 'generate: Too big'],
  ['an account without secret', 'accounts', { put: { name: 'x', apiKey: 'y' } }, 400, 'expected {'],
  ['a clock of words', 'clock', { offsetSeconds: 'late' }, 400, 'offsetSeconds'],
  ['half a JSON document', 'clock', '{"offset', 400, 'not valid JSON'],
  ['an unknown account', 'accounts', { remove: 'x' }, 404, 'no account'],
  ['an unknown address', 'explode', {}, 404, 'GET calls; POST behaviour'],
  ['an address of the prototype', 'constructor', {}, 404, 'GET calls'],
])('explains what is wrong with %s and changes nothing', async (_, action, input, status, expected) => {
  const answer = await post(action, input)
  expect(answer).toEqual({ status, body: { errors: [expect.stringContaining(expected)] } })
  expect((await call(simulator().url)).status).toBe(200)
})

it('rejects a body that a web page could send without a preflight', async () => {
  const response = await fetch(`${simulator().url}/__simulator/clock`, { method: 'POST', body: '{"offsetSeconds":9}' })
  expect(response.status).toBe(415)
})

async function groupInfos(): Promise<Record<string, unknown>[]> {
  const body: unknown = await (await call(simulator().url)).json()
  return (body as { group_infos: Record<string, unknown>[] }).group_infos
}
