import type { ClaimRequest } from '../../src/snapshot-cache/shared-store.js'

/** What a replica that holds no copy asks for. */
export const sampleClaim: ClaimRequest = {
  owner: 'one',
  leaseMs: 2_000,
  ttlMs: 30_000,
  windowMs: 1_000,
  demand: 'if-stale',
  knownFence: 0,
}
