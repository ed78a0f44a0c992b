import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { behaviourSchema, expandBehaviour } from './behaviour.js'
import { type Answer, jsonAnswer } from './answers.js'
import type { FinAuthState } from './finauth-state.js'
import { readBody } from './listen.js'
import { send } from './misbehave.js'

export const CONTROL_PATH = '/__simulator'

const MAX_CONTROL_BYTES = 128 * 1024 * 1024

const behaviourInput = z.strictObject({
  behaviour: z.preprocess(expandBehaviour, behaviourSchema),
  times: z.int().min(1).optional(),
})

const librariesInput = z.union(
  [
    z.strictObject({ example: z.literal(true) }),
    z.strictObject({ generate: z.int().min(0).max(1_000_000), seed: z.int().optional() }),
    z.strictObject({ groupInfos: z.array(z.unknown()) }),
  ],
  'expected {"example": true}, {"generate": N, "seed": N} or {"groupInfos": […]}',
)

const accountsInput = z.union(
  [
    z.strictObject({
      put: z.strictObject({
        name: z.string().min(1),
        apiKey: z.string().regex(/^[^&=]+$/),
        apiSecret: z.string().min(1),
        disabled: z.boolean().optional(),
      }),
    }),
    z.strictObject({ remove: z.string() }),
  ],
  'expected {"put": {"name", "apiKey", "apiSecret", "disabled"?}} or {"remove": "name"}',
)

const clockInput = z.strictObject({ offsetSeconds: z.number().min(-1e10).max(1e10) })

/** What each path below `/__simulator` does with its JSON; the answer shows the new state. */
const actions: Record<string, (state: FinAuthState, input: unknown) => unknown> = {
  behaviour(state, input) {
    const { behaviour, times } = behaviourInput.parse(input)
    state.script.set(behaviour, { times })
    return { behaviour, times: times ?? 'until changed' }
  },
  groups(state, input) {
    const libraries = librariesInput.parse(input)
    state.libraries.set('example' in libraries ? 'example' : libraries)
    return { groups: state.libraries.size() }
  },
  accounts(state, input) {
    const change = accountsInput.parse(input)
    if ('put' in change) state.accounts.set(change.put.name, change.put)
    else if (!state.accounts.delete(change.remove)) throw new ControlError(404, 'there is no account with this name')
    return { accounts: [...state.accounts.keys()] }
  },
  clock(state, input) {
    state.setClockOffset(clockInput.parse(input).offsetSeconds)
    return { now: new Date(state.nowMs()).toISOString() }
  },
  reset(state) {
    state.reset()
    return { reset: true }
  },
}

class ControlError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * The control interface: `GET calls`; `POST behaviour`, `groups`, `accounts`, `clock`, `reset` with a JSON body. The
 * content type must be JSON, which a web page of another origin cannot send without a preflight.
 */
export async function control(state: FinAuthState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, { maxBytes: MAX_CONTROL_BYTES })
  send(response, act(state, request, body))
}

function act(state: FinAuthState, request: IncomingMessage, body: Buffer | null): Answer {
  const address = new URL(request.url ?? '/', 'http://simulator').pathname.slice(CONTROL_PATH.length + 1)
  try {
    if (address === 'calls') {
      if (request.method !== 'GET') throw new ControlError(405, 'calls supports GET only')
      return jsonAnswer(200, state.counts.report())
    }
    const action = Object.hasOwn(actions, address) ? actions[address] : undefined
    if (action === undefined) {
      throw new ControlError(404, `available: GET calls; POST ${Object.keys(actions).join(', ')}`)
    }
    if (request.method !== 'POST') throw new ControlError(405, `${address} supports POST only`)
    return jsonAnswer(200, action(state, address === 'reset' ? undefined : parseJson(request, body)))
  } catch (error) {
    if (error instanceof ControlError) return jsonAnswer(error.status, { errors: [error.message] })
    if (!(error instanceof z.ZodError)) throw error
    return jsonAnswer(400, {
      errors: error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`),
    })
  }
}

function parseJson(request: IncomingMessage, body: Buffer | null): unknown {
  if (body === null) throw new ControlError(413, `a body has at most ${MAX_CONTROL_BYTES} bytes`)
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new ControlError(415, 'the body must be JSON with Content-Type: application/json')
  }
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new ControlError(400, 'the body is not valid JSON')
  }
}
