import { firstFreePort } from '../../simulator/listen.js'
import { buildService, type BuiltService, useBuiltProcesses } from '../support/built-service.js'
import { call, goodFields, makeSign } from './signed-call.js'

const runBuilt = useBuiltProcesses()
let built: BuiltService
beforeAll(async () => {
  built = await buildService()
})

describe('npm run simulator', () => {
  it('prints its URL, answers signed calls according to the flags, and exits on SIGTERM', async () => {
    const simulator = runBuilt(built.devEntryPoint('simulator.js'), ['--port', '0', '--groups', '12'])
    const [, url = ''] = await simulator.printed(/FINAUTH_BASE_URL=(\S+)/)
    expect(await (await call(url)).json()).toHaveProperty('group_infos.length', 12)
    await simulator.printed(/call accepted, answered normal/)
    simulator.stop('SIGTERM')
    expect(await simulator.exitCode).toBe(0)
  })

  it('never prints a configured account', async () => {
    const env = { FINAUTH_API_KEY: 'given-key', FINAUTH_API_SECRET: 'given-secret' }
    const simulator = runBuilt(built.devEntryPoint('simulator.js'), ['--port', '0'], env)
    const [, url = ''] = await simulator.printed(/FINAUTH_BASE_URL=(\S+)/)
    const sign = makeSign({ key: 'given-key', secret: 'given-secret' })
    expect((await call(url, goodFields(sign))).status).toBe(200)
    simulator.stop('SIGINT')
    expect(await simulator.exitCode).toBe(0)
    for (const secret of ['given-key', 'given-secret', sign]) expect(simulator.output()).not.toContain(secret)
  })

  it('reports every wrong flag and exits with 64', async () => {
    const args = ['--port', '70000', '--groups', 'many', '--behaviour', 'explode']
    const simulator = runBuilt(built.devEntryPoint('simulator.js'), args)
    expect(await simulator.exitCode).toBe(64)
    for (const flag of ['port', 'groups', 'behaviour'])
      expect(simulator.errors()).toMatch(new RegExp(`^${flag}: `, 'm'))
  })
})

describe('npm run dev', () => {
  const host = '127.0.0.1'
  const environment = async () => {
    const port = await firstFreePort(host, 20_000 + (process.pid % 10_000))
    const adminPort = await firstFreePort(host, port + 1)
    return { PORT: String(port), ADMIN_PORT: String(adminPort) }
  }

  it('prints a working curl command, counts one vendor call, and exits on SIGTERM with all servers', async () => {
    const env = await environment()
    const dev = runBuilt(built.devEntryPoint('dev.js'), [], env)
    const [, url = '', token = ''] = await dev.printed(/^curl -s (\S+) -H 'Authorization: (Bearer \S+)'$/m)
    const answer = await fetch(url, { headers: { authorization: token } })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ data: [{ id: 'Finauth_test_001' }, {}, {}], page: { total: 3 } })
    expect((await fetch(url)).status).toBe(401)

    const [, callsUrl = ''] = await dev.printed(/^curl -s (\S+__simulator\/calls)$/m)
    expect(await (await fetch(callsUrl)).json()).toMatchObject({ total: 1, accepted: 1, refused: {} })
    dev.stop('SIGTERM')
    expect(await dev.exitCode).toBe(0)
    for (const gone of [url, callsUrl]) await expect(fetch(gone)).rejects.toThrow('fetch failed')
  })

  it('ends with the exit code of a service that cannot start', async () => {
    const env = { ...(await environment()), CACHE_TTL_SECONDS: 'soon' }
    const dev = runBuilt(built.devEntryPoint('dev.js'), [], env)
    expect(await dev.exitCode).toBe(78)
    expect(dev.errors()).toContain('CACHE_TTL_SECONDS')
    expect(dev.output()).not.toContain('face-groups runs')
  })
})
