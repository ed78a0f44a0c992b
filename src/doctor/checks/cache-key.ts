import type { Config } from '../../config/config.js'
import type { Finding } from '../finding.js'
import { shortestSecret } from './callers.js'

const name = 'cache key'

/** What the copy in Redis is sealed with. */
export function checkCacheKey({ cache, finauth }: Config): Finding {
  const advice = `Set CACHE_ENCRYPTION_KEY to the same value everywhere: openssl rand -base64 ${shortestSecret}.`
  if (cache.encryptionKey === finauth.primary.apiSecret) {
    const detail = 'derived from FINAUTH_API_SECRET: rotating that one makes every copy in Redis useless'
    return { status: 'warn', name, detail, advice }
  }
  if (cache.encryptionKey.reveal().length >= shortestSecret) return { status: 'ok', name, detail: 'of its own' }
  return { status: 'warn', name, detail: `fewer than ${shortestSecret} characters`, advice }
}
