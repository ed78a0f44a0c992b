import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SlottedPair } from '../../src/finauth/credentials.js'
import { fileSecret } from '../../src/secret.js'
import { json, type Reply, type ScriptedUpstream, text } from '../support/upstream.js'
import { closeAll, connect, example, failureOf, pairOf, rawOf } from './finauth-fixtures.js'

const both = [pairOf('primary'), pairOf('standby')]
const directories: string[] = []

afterEach(async () => {
  await closeAll()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

describe('the standby credentials', () => {
  it.each([
    ['AUTHENTICATION_ERROR', json(403, { error: 'AUTHENTICATION_ERROR' })],
    ['AUTHENTICATION_ERROR with HTTP 401', json(401, { error: 'AUTHENTICATION_ERROR' })],
    ['INVALID_SIGN', json(403, { error: 'AUTHORIZATION_ERROR: INVALID_SIGN' })],
    ['API_KEY_BE_DISCONTINUED', json(403, { error: 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED' })],
  ])('are used on %s', async (_, refusal) => {
    const { client, upstream, events } = await connect([refusal, example], { credentials: both })
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
    expect(keysUsed(upstream)).toEqual(['primary-key', 'standby-key'])
    expect(events.heard).toEqual(
      expect.arrayContaining([
        ['credentialsRejected', 'primary'],
        ['credentialsInUse', 'standby'],
      ]),
    )
  })

  it('stay in use for the next call without trying the rejected pair again', async () => {
    const { client, upstream } = await connect([acceptOnly('standby-key')], { credentials: both })
    await client.listGroups()
    await client.listGroups()
    expect(keysUsed(upstream)).toEqual(['primary-key', 'standby-key', 'standby-key'])
  })

  it('are tried once, then the call fails', async () => {
    const { client, upstream } = await connect([acceptOnly('neither')], { credentials: both, maxAttempts: 9 })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_rejected', retryable: false })
    expect(keysUsed(upstream)).toEqual(['primary-key', 'standby-key'])
  })

  it('count against the number of attempts', async () => {
    const { client, upstream } = await connect([acceptOnly('standby-key')], { credentials: both, maxAttempts: 1 })
    await failureOf(client.listGroups())
    expect(upstream.calls).toHaveLength(1)
  })

  it('are not used if the credentials are not at fault', async () => {
    const { client, upstream } = await connect([text(500, '')], { credentials: both })
    await failureOf(client.listGroups())
    expect(keysUsed(upstream)).toEqual(['primary-key', 'primary-key', 'primary-key'])
  })
})

describe('two rejected pairs', () => {
  it('are tried again by the next call, the primary first', async () => {
    const refusal = acceptOnly('neither')
    const { client, upstream } = await connect([refusal, refusal, example], { credentials: both })
    await failureOf(client.listGroups())
    await client.listGroups()
    expect(keysUsed(upstream)).toEqual(['primary-key', 'standby-key', 'primary-key'])
  })

  it('are no longer remembered as rejected once accepted', async () => {
    const refusal = acceptOnly('neither')
    const { client, upstream } = await connect([refusal, refusal, acceptOnly('standby-key')], { credentials: both })
    await failureOf(client.listGroups())
    await client.listGroups()
    await client.listGroups()
    expect(keysUsed(upstream).slice(2)).toEqual(['primary-key', 'standby-key', 'standby-key'])
  })
})

describe('credentials in files', () => {
  it('take effect when rotated, with the primary preferred to the standby', async () => {
    const files = credentialFiles({ key: 'old-key', secret: 'old-secret' })
    const { client, upstream, events } = await connect(
      [(response, call) => acceptOnly('standby-key', 'new-key')(response, call)],
      { credentials: [files.pair, pairOf('standby')] },
    )
    await client.listGroups()
    files.write({ key: 'new-key', secret: 'new-secret' })
    await client.listGroups()
    expect(keysUsed(upstream)).toEqual(['old-key', 'standby-key', 'new-key'])
    expect(events.heard.at(-1)).toEqual(['credentialsInUse', 'primary'])
  })

  it('count as new if only the secret was rotated', async () => {
    const files = credentialFiles({ key: 'same-key', secret: 'wrong' })
    const refusal = json(403, { error: 'AUTHORIZATION_ERROR: INVALID_SIGN' })
    const { client, upstream } = await connect([refusal, example], { credentials: [files.pair, pairOf('standby')] })
    await client.listGroups()
    files.write({ key: 'same-key', secret: 'right' })
    await client.listGroups()
    expect(keysUsed(upstream)).toEqual(['same-key', 'standby-key', 'same-key'])
  })

  it('are skipped if unreadable', async () => {
    const files = credentialFiles({ key: 'key', secret: '' })
    const { client, upstream, events } = await connect([example], { credentials: [files.pair, pairOf('standby')] })
    await client.listGroups()
    expect(keysUsed(upstream)).toEqual(['standby-key'])
    expect(events.heard).toContainEqual(['credentialsUnreadable', 'primary'])
  })

  it('fail the call without calling the vendor if they are unreadable and there are no others', async () => {
    const files = credentialFiles({ key: 'key', secret: '' })
    const { client, upstream } = await connect([example], { credentials: [files.pair] })
    const failure = await failureOf(client.listGroups())
    expect(failure).toMatchObject({ code: 'upstream_rejected', retryable: false })
    expect(failure.message).toBe('unreadable FinAuth credentials: primary')
    const alike = await connect([example], { credentials: [files.pair, { ...files.pair, slot: 'standby' }] })
    expect((await failureOf(alike.client.listGroups())).message).toMatch(/: primary and standby$/)
    expect(upstream.calls).toHaveLength(0)
  })
})

function keysUsed(upstream: ScriptedUpstream): string[] {
  return upstream.calls.map(({ fields }) => rawOf(fields[0]?.[1] ?? '').a)
}

function acceptOnly(...keys: string[]): Reply {
  return (response, call) => {
    const isKnown = keys.includes(rawOf(call.fields[0]?.[1] ?? '').a)
    const reply = isKnown ? example : json(403, { error: 'AUTHENTICATION_ERROR' })
    reply(response, call)
  }
}

interface KeyAndSecret {
  readonly key: string
  readonly secret: string
}

function credentialFiles(initial: KeyAndSecret): { pair: SlottedPair; write(next: KeyAndSecret): void } {
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-'))
  directories.push(directory)
  const write = ({ key, secret }: KeyAndSecret) => {
    writeFileSync(join(directory, 'key'), `${key}\n`)
    writeFileSync(join(directory, 'secret'), `${secret}\n`)
  }
  write(initial)
  const [apiKey, apiSecret] = [fileSecret(join(directory, 'key')), fileSecret(join(directory, 'secret'))]
  return { pair: { slot: 'primary', apiKey, apiSecret }, write }
}
