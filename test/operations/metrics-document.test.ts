import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { refusalReasons } from '../../src/http/authentication/refusals.js'
import type { RequestContext, RequestRecord } from '../../src/http/context.js'
import { createLog } from '../../src/operations/log.js'
import { createMetrics } from '../../src/operations/metrics.js'
import { createObservers } from '../../src/operations/observers.js'

const text = readFileSync('docs/metrics-and-logs.md', 'utf8')

/** The rows of the first table after a heading: the text of each cell. */
function tableAfter(heading: string): string[][] {
  const [, section = ''] = text.split(new RegExp(`^#+ ${heading}\n`, 'm'))
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? ''
  const rows = table.trim().split('\n').slice(2)
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const codeIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')
const firstColumn = (heading: string) => tableAfter(heading).flatMap(([cell]) => codeIn(cell))

describe('the metrics of docs/metrics-and-logs.md', () => {
  it('have the names, types and labels of the code', async () => {
    const source = readFileSync('src/operations/metrics.ts', 'utf8')
    const histograms = source.matchAll(/new (Histogram)\(\{\s+name: '(\w+)'[^}]*labelNames: \[([^\]]*)\]/g)
    const others = source.matchAll(/: (gauge|counter)\(\s*'(\w+)',\s*'[^']*',?([^)]*)\)/g)
    const defined = [...histograms, ...others].map(([, type = '', name, labels = '']) =>
      [name, type.toLowerCase(), ...(labels.match(/\w+/g) ?? [])].join(' '),
    )
    const documented = tableAfter('Metrics').map(([name, type, labels]) =>
      [...codeIn(name), type, ...codeIn(labels)].join(' '),
    )
    expect(documented.toSorted()).toEqual(defined.toSorted())
    const { text: scraped } = await createMetrics().scrape({ snapshot: { ageMs: 0, groups: 0 }, keys: null })
    const served = [...scraped.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name ?? '')
    const ours = served.filter((name) => !/^(process|nodejs)_/.test(name))
    expect(ours.toSorted()).toEqual(firstColumn('Metrics').toSorted())
  })

  it('have every label value that is known at the start', async () => {
    const metrics = createMetrics()
    createObservers({ log: createLog({ level: 'silent' }), metrics })
    const { text: scraped } = await metrics.scrape({ snapshot: { ageMs: null, groups: null }, keys: null })
    const values = [...scraped.matchAll(/\{(?:result|outcome|kind|slot|reason)="(\w+)"\}/g)].map(([, value]) => value)
    expect(values.length).toBeGreaterThan(30)
    expect(values.filter((value) => !text.includes(`\`${value}\``))).toEqual([])
  })
})

describe('the logs of docs/metrics-and-logs.md', () => {
  it('have every field of a request', () => {
    const context: Required<RequestContext> = {
      requestId: 'id',
      traceId: 'trace',
      route: '/',
      headers: [],
      isDataAccess: true,
      isClosed: true,
      caller: { subject: 'me', scopes: new Set(), groupPatterns: null },
      cache: 'fresh',
      disclosed: 1,
      group: 'group',
      problem: 'internal',
      reason: 'expired',
    }
    const record: RequestRecord = {
      context,
      method: 'GET',
      route: '/',
      status: 200,
      durationMs: 1,
      clientAddress: '127.0.0.1',
    }
    const lines: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } })
    createObservers({ log, metrics: createMetrics() }).requestEnded(record)
    const fields = Object.keys(JSON.parse(lines[0] ?? '{}') as object)
    expect(firstColumn('Fields of a request').toSorted()).toEqual(fields.toSorted())
  })

  it('have every reason of a refusal', () => {
    expect(firstColumn('Reasons of a refusal').toSorted()).toEqual(refusalReasons.toSorted())
  })

  it('have every message', () => {
    const known = [...messagesOf('src')].filter((message) => message !== '')
    expect(known.length).toBeGreaterThan(20)
    expect(firstColumn('Messages').toSorted()).toEqual(known.toSorted())
  })
})

/** The texts in calls of a logger, and of `logOnce`, which calls one. */
function messagesOf(folder: string): Set<string> {
  const messages = new Set<string>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || path.startsWith('doctor')) continue
    const source = readFileSync(join(folder, path), 'utf8')
    for (const { 0: call, index } of source.matchAll(/\blog(?:\.\w+|\[level\])\(|\blogOnce\(/g)) {
      if (call === 'log.child(') continue
      const texts = argumentsAt(source, index + call.length).matchAll(/'([^']*)'/g)
      for (const [, message] of texts) if (message !== 'primary') messages.add(message!)
    }
  }
  return messages
}

/** From after the opening parenthesis to the one that closes it. */
function argumentsAt(source: string, start: number): string {
  let depth = 1
  let end = start
  for (; depth > 0 && end < source.length; end++) {
    if (source[end] === '(') depth += 1
    if (source[end] === ')') depth -= 1
  }
  return source.slice(start, end)
}
