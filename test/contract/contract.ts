import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

interface Header {
  readonly required?: boolean
  readonly schema: object
}
interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: { readonly enum?: readonly string[] }
}
interface Answer {
  readonly headers?: Readonly<Record<string, Reference>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
interface Reference {
  readonly $ref: string
}
type PathItem = Readonly<Record<string, { readonly responses: Readonly<Record<string, Reference | Answer>> }>>

interface Document {
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly responses: Readonly<Record<string, Answer>>
    readonly headers: Readonly<Record<string, Header>>
    readonly parameters: Readonly<Record<string, Parameter>>
    readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>>
  }
}

export interface ObservedAnswer {
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** openapi.yaml, as parsed once for all test files. */
export const document = JSON.parse(
  readFileSync(join(process.env['TEST_RUN_DIRECTORY'] ?? '', 'openapi.json'), 'utf8'),
) as Document

// Whether the document itself is valid is checked by `npm run check:openapi`.
const ajv = new Ajv2020({ strict: false, validateFormats: false, meta: false, validateSchema: false })
ajv.addSchema({ ...document, $id: 'openapi' })
const validators = new Map<string, ValidateFunction>()
const templates = Object.keys(document.paths)
  .toSorted((a, b) => a.split('{').length - b.split('{').length)
  .map((template) => ({ template, pattern: toPattern(template) }))

/** The deviations of an answer from the document; empty if there are none. */
export function contractViolations(answer: ObservedAnswer): string[] {
  const { method, path, status, body } = answer
  const operation = operationFor(method, path)
  if (operation === null) return undocumented(answer)
  const pointer = pointerTo(operation, status)
  if (pointer === null) return [`${method} ${operation} does not answer ${status}`]
  const documented = resolve(pointer) as Answer
  const faults = headerFaults(documented, answer.headers)
  if (method === 'HEAD' || documented.content === undefined) return body === '' ? faults : [...faults, 'has a body']
  const type = answer.headers.get('content-type')?.split(';')[0] ?? 'none'
  if (!documented.content[type]) return [...faults, `${method} ${operation} ${status} is not ${type}`]
  if (type.endsWith('json')) faults.push(...schemaFaults(`${pointer}/content/${escape(type)}/schema`, JSON.parse(body)))
  return faults
}

/** The deviations of a problem from the document. */
export function problemViolations(problem: unknown): string[] {
  return schemaFaults('#/components/schemas/Problem', problem)
}

/** Throws if an answer deviates from the document. */
export async function expectToMatchContract(
  response: Response,
  asked: { method: string; path: string },
): Promise<void> {
  const { status, headers } = response
  const path = asked.path.split('?')[0] ?? ''
  const faults = contractViolations({ method: asked.method, path, status, headers, body: await response.text() })
  if (faults.length > 0) throw new Error(`deviates from openapi.yaml: ${faults.join('; ')}`)
}

/**
 * The most specific template that matches and has the method, e.g. `/api/face-groups/{groupId}` for GET of `…/refresh`.
 */
function operationFor(method: string, path: string): string | null {
  const wanted = method === 'HEAD' ? ['head', 'get'] : [method.toLowerCase()]
  const found = templates.find(
    ({ template, pattern }) => pattern.test(path) && wanted.some((name) => document.paths[template]?.[name]),
  )
  return found?.template ?? null
}

function toPattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

/** No documented operation: either an error says so, or it is a preflight, or a file that a page loads. */
function undocumented({ method, path, status, body }: ObservedAnswer): string[] {
  if (path.startsWith('/assets/') || (method === 'OPTIONS' && status === 204)) return []
  if (![400, 404, 405].includes(status)) return [`${method} ${path} is not documented and answers ${status}`]
  return method === 'HEAD' ? [] : problemViolations(JSON.parse(body))
}

function pointerTo(template: string, status: number): string | null {
  const item = document.paths[template] ?? {}
  for (const method of ['get', 'head', 'post']) {
    const answer = item[method]?.responses[status]
    if (answer) return '$ref' in answer ? answer.$ref : `#/paths/${escape(template)}/${method}/responses/${status}`
  }
  return null
}

function headerFaults({ headers = {} }: Answer, given: Headers): string[] {
  return Object.entries(headers).flatMap(([name, { $ref }]) => {
    const { required, schema } = resolve($ref) as Header
    const value = given.get(name)
    if (value === null) return required ? [`lacks the header ${name}`] : []
    const isNumber = 'type' in schema && schema.type === 'integer'
    return schemaFaults(`${$ref}/schema`, isNumber ? Number(value) : value)
  })
}

function schemaFaults(pointer: string, value: unknown): string[] {
  const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi${encodeURI(pointer)}` })
  validators.set(pointer, validate)
  return validate(value) ? [] : [`${pointer}: ${ajv.errorsText(validate.errors)}`]
}

function resolve(pointer: string): unknown {
  const steps = pointer.slice(2).split('/')
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[unescape(step)], document)
}

function escape(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}
