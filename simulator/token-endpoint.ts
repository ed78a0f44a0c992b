import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type Answer, jsonAnswer } from './failures.js'
import type { Claims, MintOptions } from './mint-token.js'
import { readBody } from './read-body.js'

const MAX_REQUEST_BYTES = 65_536

const tokenRequest = z.strictObject({
  sub: z.string().min(1).max(256).default('dev-user'),
  scope: z.string().max(2000).default('face-groups:refresh'),
  expiresInSeconds: z.coerce.number().int().min(1).max(2_592_000).default(3600),
})

/**
 * `POST /token`: mints a token for whoever asks; `sub`, `scope` and `expiresInSeconds` as JSON or as a form.
 * The answer has the shape of RFC 6749, section 5.
 */
export async function answerTokenRequest(
  request: IncomingMessage,
  mint: (claims: Claims, options: MintOptions) => Promise<string>,
): Promise<Answer> {
  const body = await readBody(request, { maxBytes: MAX_REQUEST_BYTES })
  const input = body === null ? undefined : parse(request.headers['content-type'], body.toString('utf8'))
  if (input === undefined) return invalidRequest('expected a JSON object or a form')
  const parsed = tokenRequest.safeParse(input)
  if (!parsed.success) {
    return invalidRequest(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  }
  const { sub, scope, expiresInSeconds } = parsed.data
  const token = await mint({ sub, scope }, { expiresInSeconds })
  return jsonAnswer(200, { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds, scope })
}

function parse(contentType: string | undefined, text: string): unknown {
  if (text === '') return {}
  if (!/^application\/json\b/i.test(contentType ?? '')) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function invalidRequest(description: string): Answer {
  return jsonAnswer(400, { error: 'invalid_request', error_description: description })
}
