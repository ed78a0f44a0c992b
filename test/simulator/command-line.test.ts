import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCommandLine } from '../../simulator/command-line.js'
import { demoAccount } from '../../simulator/finauth-simulator.js'

it('listens on loopback port 8091 with the demo account by default', () => {
  expect(parseCommandLine([], {})).toEqual({
    kind: 'run',
    options: { host: '127.0.0.1', port: 8091, accounts: [demoAccount], behaviour: { kind: 'normal' } },
  })
})

it('reads host and port from the environment, and prefers flags', () => {
  const environment = { SIMULATOR_HOST: '0.0.0.0', SIMULATOR_PORT: '9000' }
  expect(parseCommandLine([], environment)).toMatchObject({ options: { host: '0.0.0.0', port: 9000 } })
  expect(parseCommandLine(['--port', '0'], environment)).toMatchObject({ options: { host: '0.0.0.0', port: 0 } })
})

it('adds the latency to any behaviour', () => {
  const line = ['--behaviour', '{"kind":"html","status":503}', '--latency-ms', '40', '--clock-offset-seconds=-600']
  expect(parseCommandLine(line, {})).toMatchObject({
    options: { behaviour: { kind: 'html', status: 503, delayMs: 40 }, clockOffsetSeconds: -600 },
  })
})

it('reads the account from files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'simulator-'))
  await writeFile(join(directory, 'key'), 'file-key\n')
  await writeFile(join(directory, 'secret'), 'file-secret\n')
  const environment = {
    FINAUTH_API_KEY_FILE: join(directory, 'key'),
    FINAUTH_API_SECRET_FILE: join(directory, 'secret'),
  }
  expect(parseCommandLine([], environment)).toMatchObject({
    options: { accounts: [{ name: 'primary', apiKey: 'file-key', apiSecret: 'file-secret' }] },
  })
  await rm(directory, { recursive: true })
})

it.each<[string, string[], Record<string, string>, RegExp]>([
  ['an unknown flag', ['--fast'], {}, /^arguments: .*--fast/],
  ['an invalid port', [], { SIMULATOR_PORT: 'x' }, /^port: /],
  ['half an account', [], { FINAUTH_API_KEY: 'k' }, /^account: .*together/],
  ['an account file that does not exist', [], { FINAUTH_API_KEY_FILE: '/nowhere/k' }, /^account: /],
  ['half of TLS', [], { SIMULATOR_TLS_CERT_FILE: 'cert.pem' }, /^TLS: .*together/],
  ['a behaviour that is half a document', ['--behaviour', '{"kind":'], {}, /^behaviour: .*JSON/],
])('rejects %s', (_, args, environment, fault) => {
  expect(parseCommandLine(args, environment)).toEqual({ kind: 'faults', faults: [expect.stringMatching(fault)] })
})
