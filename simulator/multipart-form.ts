/** The text fields of a form, in order of appearance; a name may occur more than once. */
export type FormFields = readonly (readonly [name: string, value: string])[]

const CONTENT_TYPE = /^multipart\/form-data\s*;\s*boundary=(?:"([^"\r\n]{1,70})"|([0-9A-Za-z'()+_,\-./:=?]{1,70}))$/i
const DISPOSITION = /^content-disposition:[ \t]*form-data;[ \t]*name="([^"\r\n]*)"$/i

/**
 * Reads a `multipart/form-data` body (RFC 7578) of text fields and nothing else. Stricter than the RFC
 * asks of a receiver, because it judges a client: no preamble, no epilogue, no file, no bare line feeds.
 * Returns null for anything else.
 */
export function parseMultipartForm(contentType: string | undefined, body: Buffer): FormFields | null {
  const match = CONTENT_TYPE.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) return null

  // One byte, one character: the boundary is searched in bytes, values are decoded afterwards.
  const [preamble, ...parts] = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`)
  const end = parts.pop()
  if (preamble !== '' || (end !== '--' && end !== '--\r\n')) return null

  const fields: (readonly [string, string])[] = []
  for (const part of parts) {
    const field = parsePart(part)
    if (field === null) return null
    fields.push(field)
  }
  return fields
}

function parsePart(part: string): readonly [string, string] | null {
  const headEnd = part.indexOf('\r\n\r\n')
  if (!part.startsWith('\r\n') || headEnd < 0) return null
  const dispositions = part
    .slice(2, headEnd)
    .split('\r\n')
    .filter((line) => /^content-disposition:/i.test(line))
  const name = dispositions.length === 1 ? DISPOSITION.exec(dispositions[0] ?? '')?.[1] : undefined
  if (name === undefined) return null
  return [latin1ToUtf8(name), latin1ToUtf8(part.slice(headEnd + 4))]
}

function latin1ToUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}
