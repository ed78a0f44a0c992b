import { createHmac } from 'node:crypto'
import { demoAccount } from '../../simulator/finauth-simulator.js'

/** The vendor's formula, written from its documentation and not with the service's own code. */
export function makeSign(parts: { key?: string; secret?: string; b?: number; c?: number; d?: string } = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const { key = demoAccount.apiKey, secret = demoAccount.apiSecret, b = now + 60, c = now } = parts
  const d = parts.d ?? String(Math.floor(Math.random() * 4_294_967_296))
  return signRaw(`a=${key}&b=${b}&c=${c}&d=${d}`, secret)
}

export function signRaw(raw: string, secret: string = demoAccount.apiSecret): string {
  const digest = createHmac('sha1', secret).update(raw).digest()
  return Buffer.concat([digest, Buffer.from(raw)]).toString('base64')
}

export const LIST_PATH = '/finauth/search/group/group_list'

/** One call as any HTTP client makes it; fields may be invalid on purpose. */
export async function call(
  url: string,
  fields: readonly (readonly [string, string])[] = goodFields(),
  init: RequestInit = {},
): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value)
  return fetch(url + LIST_PATH, { method: 'POST', body: form, redirect: 'manual', ...init })
}

export function goodFields(sign: string = makeSign()): (readonly [string, string])[] {
  return [
    ['sign', sign],
    ['sign_version', 'hmac_sha1'],
  ]
}
