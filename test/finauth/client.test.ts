import { getEventListeners } from 'node:events'
import type { ParseBody } from '../../src/finauth/answer.js'
import { fixedSecret } from '../../src/secret.js'
import { systemClock } from '../../src/clock.js'
import { json, text } from '../support/upstream.js'
import { closeAll, connect, example, failureOf, pairOf, rawOf, vendorExample } from './finauth-fixtures.js'

afterEach(closeAll)

describe('listGroups', () => {
  it('returns the documented example by value', async () => {
    const { client } = await connect([example])
    const answer = await client.listGroups()
    expect(answer).toMatchObject({ requestId: '1772532811,965b2850-1bbb-4d87-a59a-c6cfd0cfa230', omitted: 0 })
    expect(answer.faceGroups.map(({ id, createdAt }) => [id, createdAt])).toEqual([
      ['Finauth_test_001', '2026-01-27T06:19:01Z'],
      ['Finauth_test_002', '2026-01-27T11:42:47Z'],
      ['YuanliStudent_test_01', '2026-02-05T03:17:45Z'],
    ])
  })

  it('posts a multipart form with exactly the two documented fields', async () => {
    const { client, upstream } = await connect([example])
    await client.listGroups()
    const [call] = upstream.calls
    expect(call).toMatchObject({ method: 'POST', path: '/finauth/search/group/group_list' })
    expect(call?.headers).toEqual({
      accept: 'application/json',
      'accept-encoding': 'gzip, deflate, br',
      connection: 'keep-alive',
      'content-length': String(call?.body.length),
      'content-type': expect.stringMatching(/^multipart\/form-data; boundary=/),
      host: new URL(upstream.url).host,
      'user-agent': 'face-groups',
    })
    expect(call?.fields).toEqual([
      ['sign', expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/)],
      ['sign_version', 'hmac_sha1'],
    ])
  })

  it('signs with the key, its own clock and the configured validity', async () => {
    const clock = { ...systemClock, wallMs: () => 1_700_000_000_999 }
    const { client, upstream } = await connect([example], { clock, signTtlSeconds: 90 })
    await client.listGroups()
    expect(signs(upstream)[0]).toMatchObject({ a: 'primary-key', b: '1700000090', c: '1700000000' })
  })

  it('reports when the successful attempt was sent, not the first one', async () => {
    let now = 1_000
    const clock = { ...systemClock, monotonicMs: () => now }
    const events = { attemptEnded: () => void (now += 250) }
    const { client } = await connect([text(500, ''), example], { clock, events })
    expect((await client.listGroups()).sentAtMs).toBe(1_250)
  })

  it('creates a new signature for every attempt', async () => {
    const { client, upstream } = await connect([text(500, ''), text(500, ''), example])
    await client.listGroups()
    expect(new Set(signs(upstream).map(({ d }) => d)).size).toBe(3)
  })

  it('keeps a path of the base URL as a prefix', async () => {
    const { client, upstream } = await connect([example])
    const prefixed = await connect([example], { baseUrl: `${upstream.url}/via/gateway//` })
    await Promise.all([client.listGroups(), prefixed.client.listGroups()])
    expect(upstream.calls.map(({ path }) => path)).toContain('/via/gateway/finauth/search/group/group_list')
  })

  it('reuses its connection for the next call', async () => {
    const { client, upstream } = await connect([example])
    await client.listGroups()
    await client.listGroups()
    expect([upstream.calls.length, upstream.connections.size]).toEqual([2, 1])
  })

  it('reports the attempt, the skew and the credentials in use', async () => {
    const [vendorsMs, oursMs] = [Date.parse('2026-01-27T06:19:01Z'), Date.parse('2026-01-27T06:19:00Z')]
    let now = 5_000
    const slow: typeof example = (response, call) => {
      now += 400
      response.setHeader('date', new Date(vendorsMs).toUTCString())
      example(response, call)
    }
    const clock = { ...systemClock, monotonicMs: () => now, wallMs: () => oursMs }
    const { client, events } = await connect([slow], { clock })
    await client.listGroups()
    expect(events.heard).toEqual([
      // Assumed: the vendor wrote its date half a second into its second, and 200 ms before the answer arrived.
      ['clockSkewMeasured', 1.7],
      ['attemptEnded', { endpoint: 'group_list', outcome: 'success', durationMs: 400, slot: 'primary' }],
      ['credentialsInUse', 'primary'],
    ])
  })

  it('reports no skew for an answer without a date', async () => {
    const undated: typeof example = (response, call) => {
      response.sendDate = false
      example(response, call)
    }
    const { client, events } = await connect([undated])
    await client.listGroups()
    expect(events.heard.map(([name]) => name)).toEqual(['attemptEnded', 'credentialsInUse'])
  })

  it('works without event listeners', async () => {
    const refusal = json(403, { error: 'AUTHENTICATION_ERROR' })
    const odd = json(200, { group_infos: [] })
    const unreadable = {
      reveal: () => {
        throw new Error('no file')
      },
    }
    const pairs = [{ ...pairOf('primary'), apiKey: unreadable }, pairOf('primary'), pairOf('standby')]
    const { client } = await connect([refusal, odd], { credentials: pairs, events: {} })
    expect((await client.listGroups()).faceGroups).toHaveLength(0)
  })

  it('reports each kind of drift once per answer, with its count', async () => {
    const record = vendorExample.group_infos[0]
    const records = [record, { ...record, add_time: '?' }, null, null]
    const { client, events } = await connect([json(200, { request_id: 'r', group_infos: records })])
    expect(await client.listGroups()).toMatchObject({ omitted: 2 })
    expect(events.heard.filter(([name]) => name === 'contractDrift')).toEqual([
      ['contractDrift', { endpoint: 'group_list', kind: 'unreadable_time', count: 1, detail: 'add_time: string' }],
      ['contractDrift', { endpoint: 'group_list', kind: 'bad_record', count: 2, detail: 'record: invalid_type' }],
    ])
  })
})

describe('call', () => {
  const faces = { name: 'faces', path: '/finauth/search/group/faces' }
  const parseFaces: ParseBody<number> = async ({ face_count: count }, report) => {
    if (typeof count === 'number') return count
    report('invalid_shape', 'face_count: not a number')
    return null
  }

  it('posts the fields of any endpoint beside the signature and resolves with the parsed result', async () => {
    const { client, upstream } = await connect([json(200, { request_id: 'r', face_count: 7 })])
    const result = await client.call(faces, { group_id: 'one', start: '0' }, parseFaces)
    expect(result).toEqual({ value: 7, requestId: 'r', sentAtMs: expect.any(Number) })
    expect(upstream.calls[0]?.path).toBe('/finauth/search/group/faces')
    expect(upstream.calls[0]?.fields).toEqual([
      ['sign', expect.any(String)],
      ['sign_version', 'hmac_sha1'],
      ['group_id', 'one'],
      ['start', '0'],
    ])
  })

  it('names the endpoint in its events', async () => {
    const { client, events } = await connect([json(200, { face_count: 'many' })])
    const failure = await failureOf(client.call(faces, {}, parseFaces))
    expect(failure).toMatchObject({ code: 'upstream_invalid_response', retryable: false })
    expect(events.heard.slice(1)).toEqual([
      [
        'attemptEnded',
        { endpoint: 'faces', outcome: 'invalid_response', durationMs: expect.any(Number), slot: 'primary' },
      ],
      ['contractDrift', { endpoint: 'faces', kind: 'invalid_shape', count: 1, detail: 'face_count: not a number' }],
    ])
  })

  it('is retried like the list', async () => {
    const { client, upstream } = await connect([text(500, ''), json(200, { request_id: 'r', face_count: 7 })])
    expect((await client.call(faces, {}, parseFaces)).value).toBe(7)
    expect(upstream.calls).toHaveLength(2)
  })

  it('rejects with the error of a parser that fails, and leaves no listener behind', async () => {
    const { client } = await connect([example])
    const caller = new AbortController()
    const fault = new TypeError('a fault of ours')
    await expect(client.call(faces, {}, () => Promise.reject(fault), caller.signal)).rejects.toBe(fault)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  })

  it('rejects with the reason of its signal', async () => {
    const { client } = await connect([example])
    await expect(client.call(faces, {}, parseFaces, AbortSignal.abort('gone'))).rejects.toBe('gone')
  })
})

describe('an aborted call', () => {
  it('rejects with the reason of its signal and ends', async () => {
    const giveUp = new AbortController()
    const reason = new Error('the browser left')
    const { client, upstream, events } = await connect([() => giveUp.abort(reason)])
    await expect(client.listGroups(giveUp.signal)).rejects.toBe(reason)
    expect(upstream.calls).toHaveLength(1)
    expect(events.heard).toEqual([['attemptEnded', expect.objectContaining({ outcome: 'aborted' })]])
  })

  it('is not sent if it was aborted before', async () => {
    const { client, upstream } = await connect([example])
    await expect(client.listGroups(AbortSignal.abort('gone'))).rejects.toBe('gone')
    expect(upstream.calls).toHaveLength(0)
  })

  it('does not wait for the backoff', async () => {
    const giveUp = new AbortController()
    const { client, upstream, events } = await connect([text(500, '')], { backoffBaseMs: 8000 })
    events.attemptEnded = () => {
      setImmediate(() => giveUp.abort('gone'))
    }
    await expect(client.listGroups(giveUp.signal)).rejects.toBe('gone')
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('close', () => {
  it('aborts calls in progress and rejects further ones', async () => {
    const { client, upstream, events } = await connect([() => client.close()])
    const closed = { name: 'FinAuthError', code: 'upstream_unavailable', retryable: true }
    expect(await failureOf(client.listGroups())).toMatchObject(closed)
    expect((await failureOf(client.listGroups())).message).toBe('the FinAuth client is closed')
    expect(upstream.calls).toHaveLength(1)
    expect(events.heard).toEqual([['attemptEnded', expect.objectContaining({ outcome: 'aborted' })]])
  })
})

describe('createFinAuthClient', () => {
  it('throws for an invalid proxy URL without quoting it', async () => {
    const proxy = { httpsProxy: fixedSecret('http://u:hush@:x'), noProxy: null }
    const refused = connect([example], { baseUrl: 'https://finauth.test', proxy })
    await expect(refused).rejects.toThrow(/^HTTPS_PROXY is not a URL$/)
  })

  it('signs for single use if the validity is zero', async () => {
    const { client, upstream } = await connect([example], { signTtlSeconds: 0, credentials: [pairOf('standby')] })
    await client.listGroups()
    expect(signs(upstream)[0]).toMatchObject({ a: 'standby-key', b: '0' })
  })
})

function signs(upstream: { calls: readonly { fields: readonly (readonly [string, string])[] }[] }) {
  return upstream.calls.map(({ fields }) => rawOf(fields[0]?.[1] ?? ''))
}
