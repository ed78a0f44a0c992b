/** First words of Redis's error replies, and system error codes, that say something to an operator. */
const KNOWN = new Set(
  `NOSCRIPT READONLY OOM LOADING CLUSTERDOWN MASTERDOWN MISCONF NOREPLICAS TRYAGAIN MOVED ASK BUSY NOAUTH WRONGPASS NOPERM
   UNKILLABLE EXECABORT NOPROTO CROSSSLOT ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND
   EAI_AGAIN ENOENT EACCES CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN
   UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID`.split(/\s+/),
)

/**
 * One word for whatever ioredis, TLS or Redis threw, from an allow-list and in lower case; `unknown` for the
 * rest. Error texts may carry arguments, hosts and credentials, so none leaves this function.
 */
export function redisFault(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  const { message, code } = error as { message?: unknown; code?: unknown }
  if (typeof code === 'string' && KNOWN.has(code)) return code.toLowerCase()
  if (typeof message !== 'string') return 'unknown'
  const word = message.match(/\b[A-Z][A-Z_]+\b/g)?.find((candidate) => KNOWN.has(candidate))
  if (word !== undefined) return word.toLowerCase()
  // before Redis 7.2 a command refused within a script bears no code of its own
  if (/can't (?:run this command|access at least one)|no permissions/i.test(message)) return 'noperm'
  if (/DB index/i.test(message)) return 'no_such_database'
  if (/timed out/i.test(message)) return 'timeout'
  if (/closed|isn't writeable|ended|isn't ready|None of startup nodes/i.test(message)) return 'connection_closed'
  if (/sentinel/i.test(message)) return 'sentinels_unreachable'
  if (/slots cache/i.test(message)) return 'cluster_unreachable'
  return 'unknown'
}
