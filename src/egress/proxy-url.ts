/**
 * An egress proxy's URL as HTTPS_PROXY is written: `http://` or `https://`, with `user:password@` where the proxy
 * wants it; a bare `host:port` is `http://`. `null` for anything else.
 */
export function readProxyUrl(value: string): URL | null {
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null
}
