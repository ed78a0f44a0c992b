import type { KeySource } from '../../../src/http/authentication/key-set.js'
import { createKeyStore, type KeyStore } from '../../../src/http/authentication/key-store.js'
import { createRemoteLoader, type RemoteLoaderOptions } from '../../../src/http/authentication/load-keys.js'
import { ProblemError } from '../../../src/http/problem.js'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.js'
import { createTestKey, type JwksServer, startJwksServer, type TestKey } from '../../support/identity-provider.js'

/** A provider with one key, and key stores that load from it with a fake clock: new ones for each test. */
export class RemoteKeys {
  readonly first: TestKey
  readonly second: TestKey
  readonly provider: JwksServer
  readonly clock: FakeClock = createFakeClock({ wallMs: Date.now() })
  /** Events reported by the key stores. */
  readonly news: string[] = []

  constructor(keys: readonly [TestKey, TestKey], provider: JwksServer) {
    this.first = keys[0]
    this.second = keys[1]
    this.provider = provider
  }

  remoteKeys(options: Partial<RemoteLoaderOptions & { maxStaleMs: number }> = {}): KeyStore {
    const { maxStaleMs = 86_400_000, ...loaderOptions } = options
    return createKeyStore({
      loader: createRemoteLoader({ url: this.provider.url, ...loaderOptions }),
      maxStaleMs,
      clock: this.clock,
      events: {
        keysLoaded: (count) => this.news.push(`loaded ${count}`),
        keysFailed: (reason) => this.news.push(`failed ${reason}`),
      },
    })
  }
}

export async function createKeyPairs(): Promise<[TestKey, TestKey]> {
  return [await createTestKey({ kid: 'first' }), await createTestKey({ kid: 'second' })]
}

/** With the provider publishing the first key. */
export async function startRemoteKeys(keys: readonly [TestKey, TestKey]): Promise<RemoteKeys> {
  return new RemoteKeys(keys, await startJwksServer([keys[0].jwk]))
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
