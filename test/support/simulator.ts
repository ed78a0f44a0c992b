import {
  type FinAuthSimulator,
  type FinAuthSimulatorOptions,
  startFinAuthSimulator,
} from '../../src/simulator/finauth-simulator.js'
import { startTokenIssuer, type TokenIssuer, type TokenIssuerOptions } from '../../src/simulator/token-issuer.js'

/** A simulator for the tests of one file: started before them, reset before each, closed after the last. */
export function useSimulator(options: FinAuthSimulatorOptions = {}): () => FinAuthSimulator {
  let simulator: FinAuthSimulator | undefined
  beforeAll(async () => {
    simulator = await startFinAuthSimulator(options)
  })
  beforeEach(() => simulator?.reset())
  afterAll(() => simulator?.close())
  return () => started(simulator)
}

/** A token issuer for the tests of one file; its faults are cleared before each. */
export function useTokenIssuer(options: TokenIssuerOptions = {}): () => TokenIssuer {
  let issuer: TokenIssuer | undefined
  beforeAll(async () => {
    issuer = await startTokenIssuer(options)
  })
  beforeEach(() => issuer?.setFault(null))
  afterAll(() => issuer?.close())
  return () => started(issuer)
}

function started<T>(server: T | undefined): T {
  if (server === undefined) throw new Error('it is started before the tests, not while they are collected')
  return server
}
