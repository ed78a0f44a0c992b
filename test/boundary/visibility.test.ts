import { type RunningService, startService } from '../support/service.js'

interface List {
  readonly data: readonly { readonly id: string }[]
  readonly page: { readonly total: number; readonly nextCursor: string | null }
}

let running: RunningService
beforeAll(async () => {
  running = await startService({ environment: { AUTH_GROUPS_CLAIM: 'groups', CACHE_REFRESH_BACKOFF_SECONDS: '1' } })
})
afterAll(() => running.stop())

/** Sends a request with a token that lists these groups; without the claim if `groups` is absent. */
async function ask(groups: unknown, path = '', options: RequestInit = {}): Promise<Response> {
  const claims = { scope: 'face-groups:refresh', ...(groups !== undefined && { groups }) }
  return running.call(`/api/face-groups${path}`, { ...options, authorization: `Bearer ${await running.token(claims)}` })
}

async function list(groups: unknown, path = ''): Promise<{ ids: string[]; total: number; page: List['page'] }> {
  const { data, page } = (await (await ask(groups, path)).json()) as List
  return { ids: data.map(({ id }) => id).toSorted(), total: page.total, page }
}

const etag = async (groups: unknown) => (await ask(groups)).headers.get('etag')

const tests = ['Finauth_test_*']

it.each([
  ['by a pattern', tests, ['Finauth_test_001', 'Finauth_test_002']],
  ['by an exact id', ['Finauth_test_002'], ['Finauth_test_002']],
  ['by *', ['*'], ['Finauth_test_001', 'Finauth_test_002', 'YuanliStudent_test_01']],
  ['to nothing by an empty list', [], []],
  ['to nothing by a claim of another type', { all: true }, []],
  ['to nothing without the claim', undefined, []],
])('a caller restricted %s sees and counts only those', async (_how, groups, ids) => {
  expect(await list(groups)).toMatchObject({ ids, total: ids.length })
})

it('a search finds no groups that the caller may not see', async () => {
  expect(await list(tests, '?q=megvii')).toMatchObject({ ids: [], total: 0 })
  expect(await list(['*'], '?q=megvii')).toMatchObject({ total: 1 })
})

it('paging skips groups that the caller may not see, and a cursor of another caller grants nothing', async () => {
  const first = await list(tests, '?limit=1&sort=id')
  const second = await list(tests, `?limit=1&sort=id&cursor=${first.page.nextCursor}`)
  expect([first.ids, second.ids, second.page.nextCursor]).toEqual([['Finauth_test_001'], ['Finauth_test_002'], null])
  const wide = await list(['*'], '?limit=2&sort=id')
  const stolen = await ask(tests, `?limit=2&sort=id&cursor=${wide.page.nextCursor}`)
  expect(await stolen.text()).not.toContain('Yuanli')
})

it('a hidden group and a missing group get the same answer', async () => {
  const hidden = await ask(tests, '/YuanliStudent_test_01', { headers: { 'x-request-id': 'same' } })
  const missing = await ask(tests, '/YuanliStudent_test_99', { headers: { 'x-request-id': 'same' } })
  expect([hidden.status, missing.status]).toEqual([404, 404])
  expect((await hidden.text()).replace('01', '99')).toBe(await missing.text())
  expect((await ask(['*'], '/YuanliStudent_test_01')).status).toBe(200)
})

it('a refresh shows its caller no more than the list does', async () => {
  const response = await ask(tests, '/refresh', { method: 'POST' })
  expect(response.status).toBe(200)
  expect(((await response.json()) as List).page.total).toBe(2)
})

it('a caller with a thousand patterns is answered, and one with more is refused with the reason', async () => {
  // Short patterns, because the token's length is limited.
  const patterns = (count: number) => Array.from({ length: count }, (_, n) => n.toString(36))
  expect(await list([...patterns(999), 'Finauth_test_001'])).toMatchObject({ ids: ['Finauth_test_001'] })
  expect(await list([...patterns(1000), ...patterns(20)])).toMatchObject({ total: 0 })
  for (const path of ['', '/Finauth_test_001']) {
    const refused = await ask(patterns(1001), path)
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { code: 'forbidden', detail: expect.stringContaining('more than 1000 different group patterns') },
    ])
  }
  expect(await list([...patterns(1001), '*'])).toMatchObject({ total: 3 })
})

it('the ETag depends on what the caller sees: equal for equal views, different for others, unaffected by hidden groups', async () => {
  const before = [await etag(tests), await etag([...tests, 'Finauth_test_*']), await etag(['*'])]
  expect(before[0]).toBe(before[1])
  expect(before[0]).not.toBe(before[2])
  const service = await startService({
    environment: { AUTH_GROUPS_CLAIM: 'groups' },
    prepare: (simulator) => {
      const of = (id: string, name: string, add_time: string) => ({
        group_id: id,
        group_name: name,
        group_data: '',
        model_version: 's21',
        add_time,
      })
      simulator.setLibraries({
        groupInfos: [
          of('Finauth_test_001', 'TestUserSet001', '2026-01-27T14:19:01+08:00'),
          of('Finauth_test_002', 'TestUserSet002', '2026-01-27T19:42:47+08:00'),
          of('Somebody_else', 'Renamed', '2026-02-05T11:17:45+08:00'),
        ],
      })
    },
  })
  const other = async (groups: readonly string[]) => {
    const authorization = `Bearer ${await service.token({ groups })}`
    return (await service.call('/api/face-groups', { authorization })).headers.get('etag')
  }
  const after = [await other(tests), await other(['*'])]
  await service.stop()
  expect(after[0]).toBe(before[0])
  expect(after[1]).not.toBe(before[2])
})
