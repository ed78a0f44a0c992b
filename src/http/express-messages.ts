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
  Object.assign(app.request, { _dump: dump })
  return {
    IncomingMessage: withPrototype(IncomingMessage, app.request),
    ServerResponse: withPrototype(ServerResponse, app.response),
  }
}

/** What Node calls once the answer is sent, so that a body nobody read is read past; most requests have none. */
function dump(this: IncomingMessage): void {
  if (!this.complete || this.readableLength > 0) nodesOwnDump.call(this)
}

const { _dump: nodesOwnDump } = IncomingMessage.prototype as unknown as { _dump: (this: IncomingMessage) => void }

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
