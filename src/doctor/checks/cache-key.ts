import type { Config } from '../../config/config.js'
import type { Finding } from '../finding.js'
import { shortestSecret } from './callers.js'

const name = 'cache key'

/** Checks the key that encrypts the copy in Redis. */
export function checkCacheKey({ cache, finauth }: Config): Finding {
  const advice = `Set CACHE_ENCRYPTION_KEY to the same value everywhere: openssl rand -base64 ${shortestSecret}.`
  if (cache.encryptionKey === finauth.primary.apiSecret) {
    const detail = 'derived from FINAUTH_API_SECRET: rotating the secret makes every copy in Redis useless'
    return { status: 'warn', name, detail, advice }
  }
  if (cache.encryptionKey.reveal().length >= shortestSecret) return { status: 'ok', name, detail: 'set' }
  return { status: 'warn', name, detail: `fewer than ${shortestSecret} characters`, advice }
}
