import { type FormFields, parseMultipartForm } from './multipart-form.js'
import { refuse, type Verdict } from './refusals.js'

export interface JudgeCallOptions {
  readonly contentType: string | undefined
  readonly body: Buffer
  /** Hears of every signature that came at all; says whether the same one came before. */
  notice(sign: string): boolean
  /** Asked only when everything but the signature is known to be right. */
  verify(sign: string, seenBefore: boolean): Verdict
}

/** Judges a call's form: exactly the fields `sign` and `sign_version`, once each, and what `verify` says. */
export function judgeCall(options: JudgeCallOptions): Verdict {
  const fields = parseMultipartForm(options.contentType, options.body)
  if (fields === null) return refuse('not_multipart')
  const sign = valueOf(fields, 'sign')
  if (sign === undefined || sign === '') return refuse('missing_sign')
  const seenBefore = options.notice(sign)
  return faultOf(fields) ?? options.verify(sign, seenBefore)
}

function faultOf(fields: FormFields): Verdict | null {
  const version = valueOf(fields, 'sign_version')
  if (version === undefined || version === '') return refuse('missing_sign_version')
  if (version !== 'hmac_sha1') return refuse('bad_sign_version')
  const expected = new Set(['sign', 'sign_version'])
  for (const [name] of fields) {
    // Deleting as we go makes the second field of a name as unexpected as one of another name.
    if (expected.delete(name)) continue
    return { accepted: false, reason: 'unexpected_field', status: 400, error: `BAD_ARGUMENTS: ${name}` }
  }
  return null
}

function valueOf(fields: FormFields, name: string): string | undefined {
  return fields.find(([other]) => other === name)?.[1]
}
