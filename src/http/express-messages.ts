import { IncomingMessage, ServerResponse } from 'node:http'
import type { FramedApp } from './framed-app.js'

/**
 * Express gives every request and response another prototype on arrival, which costs most of what Express
 * costs. Messages made with that prototype in the first place spare it (docs/performance.md).
 */
export function expressMessages(app: FramedApp): {
  IncomingMessage: typeof IncomingMessage
  ServerResponse: typeof ServerResponse
} {
  // Express makes each response an object for what its templates are to know; there are none.
  Object.assign(app.response, { locals: Object.freeze({}) })
  Object.assign(app.request, { push, _dump: dump })
  return {
    IncomingMessage: withPrototype(IncomingMessage, app.request),
    ServerResponse: withPrototype(ServerResponse, app.response),
  }
}

/** What Node calls with each piece of a body, and with `null` at its end. Where nobody reads, nobody waits to be told. */
function push(this: Incoming, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk !== null || this.readableFlowing !== null || this.readableLength > 0) {
    return nodesOwn.push.call(this, chunk, encoding)
  }
  this._readableState.ended = true
  return false
}

/** What Node calls once the answer is sent, so that a body nobody read is read past; most requests have none. */
function dump(this: Incoming): void {
  if (!this.complete || this.readableLength > 0) nodesOwn._dump.call(this)
  else this._readableState.endEmitted = true
}

interface Incoming extends IncomingMessage {
  readonly _readableState: { ended: boolean; endEmitted: boolean }
  _dump(): void
}

const nodesOwn = IncomingMessage.prototype as Incoming

function withPrototype<Base extends typeof IncomingMessage | typeof ServerResponse>(
  base: Base,
  prototype: object,
): Base {
  const construct = base as unknown as (this: unknown, first: unknown, second: unknown) => void
  function Message(this: unknown, first: unknown, second: unknown): void {
    construct.call(this, first, second)
  }
  Message.prototype = prototype
  // V8 walks this chain to see how many fields a message will have, and makes room for them in one piece.
  Object.setPrototypeOf(Message, base)
  return Message as unknown as Base
}
