import * as http from 'node:http'
import * as https from 'node:https'

/** All that FinAuth gets to see of us. */
const ownHeaders = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
])

/**
 * Node's `request` without the headers that others put on it: tracing that instruments the process from outside
 * adds some to every call, and our traces are none of the vendor's business.
 */
export function bareRequest(
  options: https.RequestOptions,
  onResponse: (response: http.IncomingMessage) => void,
): http.ClientRequest {
  const request = options.protocol === 'https:' ? https.request(options, onResponse) : http.request(options, onResponse)
  for (const name of request.getHeaderNames()) if (!ownHeaders.has(name)) request.removeHeader(name)
  return request
}
