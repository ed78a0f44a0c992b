import type { KeySource } from '../../../src/http/authentication/key-set.js'
import { createKeyStore, type KeyStore } from '../../../src/http/authentication/key-store.js'
import { createKeyLoader } from '../../../src/http/authentication/load-keys.js'
import { ProblemError } from '../../../src/http/problem.js'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.js'
import {
  createTestKey,
  type JwksServer,
  startJwksServer,
  type TestKey,
  testIssuer,
} from '../../support/identity-provider.js'

interface RemoteKeysOptions {
  readonly url?: URL
  readonly maxStaleMs?: number
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

/** A provider that publishes the first key, and key stores that load from it with a fake clock: new ones for each test. */
class RemoteKeys {
  readonly first: TestKey
  readonly second: TestKey
  provider!: JwksServer
  clock!: FakeClock
  /** Events reported by the key stores. */
  news!: string[]

  constructor(first: TestKey, second: TestKey) {
    this.first = first
    this.second = second
    beforeEach(async () => {
      this.provider = await startJwksServer([first.jwk])
      this.clock = createFakeClock({ wallMs: Date.now() })
      this.news = []
    })
    afterEach(() => this.provider.close())
  }

  remoteKeys({ url = this.provider.url, maxStaleMs = 86_400_000, ...options }: RemoteKeysOptions = {}): KeyStore {
    return createKeyStore({
      loader: createKeyLoader({ issuer: testIssuer, jwks: { uri: url.href }, ...options }),
      maxStaleMs,
      clock: this.clock,
      events: {
        keysLoaded: (count) => this.news.push(`loaded ${count}`),
        keysFailed: (reason) => this.news.push(`failed ${reason}`),
      },
    })
  }
}

export async function useRemoteKeys(): Promise<RemoteKeys> {
  return new RemoteKeys(await createTestKey({ kid: 'first' }), await createTestKey({ kid: 'second' }))
}

/** The number of fitting keys, or the seconds to wait if that is unknown. */
export async function found(keys: KeySource, kid: string): Promise<number | string> {
  try {
    return (await keys.candidates({ alg: 'ES256', kid })).length
  } catch (error) {
    if (!(error instanceof ProblemError && error.options.reason === 'keys_unavailable')) throw error
    return `wait ${error.options.retryAfterSeconds}`
  }
}
