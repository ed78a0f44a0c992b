import { defaultListQuery } from '../../src/face-groups/query.js'
import { sortFieldNames } from '../../src/face-groups/sort.js'
import { problems } from '../../src/http/problem.js'
import { type RunningService, startService } from '../support/service.js'
import { contractViolations, document } from './contract.js'

const operations = Object.entries(document.paths).flatMap(([template, item]) =>
  ['get', 'head', 'post'].filter((method) => item[method]).map((method) => [method.toUpperCase(), template] as const),
)

describe('the document and the service', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService({
      explorer: new Map([['/', { body: '<!doctype html>', type: 'text/html; charset=utf-8' }]]),
    })
  })
  afterAll(() => running.stop())

  async function observe(method: string, path: string) {
    const token = await running.token({ scope: 'face-groups:refresh' })
    const response = await running.call(path, { method, authorization: `Bearer ${token}` })
    return { method, path, status: response.status, headers: response.headers, body: await response.text() }
  }
  const real = (template: string) => template.replace('{groupId}', 'Finauth_test_001').replace('{code}', 'not_found')

  it.each(operations)('%s %s exists and answers as documented', async (method, template) => {
    const answer = await observe(method, real(template))
    expect(answer.status).toBe(200)
    expect(contractViolations(answer)).toEqual([])
  })

  it.each(Object.keys(document.paths))('%s has only documented methods', async (template) => {
    const { headers, status } = await observe('DELETE', real(template))
    const allowed = headers.get('allow')?.split(', ') ?? []
    const documented = ['get', 'post'].filter((method) => document.paths[template]?.[method])
    // HEAD is implied by GET; /refresh is also the group with that id.
    const read = documented.includes('get') || template.endsWith('/refresh') ? ['GET', 'HEAD'] : []
    expect(status).toBe(405)
    expect(new Set(allowed)).toEqual(new Set([...read, ...documented.map((method) => method.toUpperCase())]))
  })

  it('have the same query parameters and sort orders', () => {
    const parameters = Object.values(document.components.parameters).filter((parameter) => parameter.in === 'query')
    expect(parameters.map(({ name }) => name).toSorted()).toEqual(Object.keys(defaultListQuery).toSorted())
    const sorts = parameters.find(({ name }) => name === 'sort')?.schema.enum
    expect(sorts?.toSorted()).toEqual(sortFieldNames.flatMap((field) => [field, `-${field}`]).toSorted())
  })

  it('have the same problems', () => {
    expect(document.components.schemas['ProblemCode']?.enum?.toSorted()).toEqual(Object.keys(problems).toSorted())
  })
})
