/** What one client may cost the server. */
export interface ServerLimits {
  /** Request line and headers together; beyond that 431. */
  readonly maxHeaderBytes: number
  /** Header lines; beyond that 431. */
  readonly maxHeaders: number
  /** From the first byte, or the connection's opening, to the end of the headers; beyond that 408. */
  readonly headersTimeoutMs: number
  /** From the first byte to the end of the body; beyond that 408. */
  readonly requestTimeoutMs: number
  /** How long an answer may lie unread, not a byte of it taken, before the connection is cut. */
  readonly unreadAnswerTimeoutMs: number
  /** How long a connection may be idle between two requests. */
  readonly keepAliveTimeoutMs: number
  /** How often the timeouts are looked at, by which they may be late. */
  readonly connectionsCheckingIntervalMs: number
  /** Beyond that a new connection is closed at once. */
  readonly maxConnections: number
}

/**
 * A caller's headers hold a token and cookies, never more than 16 KiB; nobody who is honest needs ten seconds
 * to send them. Keep-alive outlasts the 60 s of common gateways, so that it is they who close an idle
 * connection and no request meets a closing one. docs/operations.md lists them for operators.
 */
export const serverLimits: ServerLimits = {
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  unreadAnswerTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  connectionsCheckingIntervalMs: 1000,
  maxConnections: 20_000,
}
