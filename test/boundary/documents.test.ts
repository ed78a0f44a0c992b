import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { serverLimits } from '../../src/http/server.js'

const read = (path: string) => readFileSync(path, 'utf8')

describe('docs/security.md', () => {
  const rows = read('docs/security.md')
    .split('\n')
    .filter((line) => /^\| (?!risk|boundary)/.test(line))
  const testsIn = (text: string) => [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? '')

  it('names existing tests, at least one in every row', () => {
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) {
      expect({ row, tests: testsIn(row).length }).not.toEqual({ row, tests: 0 })
      expect({ row, missing: testsIn(row).filter((file) => !existsSync(file)) }).toEqual({ row, missing: [] })
    }
  })

  it('answers each of the ten risks of 2023', () => {
    const risks = rows.map((row) => /^\| (API\d+) /.exec(row)?.[1]).filter(Boolean)
    expect(risks).toEqual(Array.from({ length: 10 }, (_, n) => `API${n + 1}`))
  })
})

it.each(Object.entries(serverLimits))('docs/operations.md says that %s is %i', (name, value) => {
  const section = read('docs/operations.md').split('## Limits')[1]?.split('\n## ')[0] ?? ''
  expect(section).toMatch(new RegExp(`\`${name}\`(\\) \\||:) ${value}\\b`))
})

const documents = ['.', '.github', 'client', 'deploy', 'docs'].flatMap((folder) =>
  readdirSync(folder, { recursive: folder !== '.', encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .map((path) => join(folder, path)),
)

it('there are documents to check', () => {
  expect(documents).toEqual(
    expect.arrayContaining(['README.md', 'client/README.md', 'docs/decisions/0002-routes-before-authentication.md']),
  )
})

it.each(documents)('%s links to files and headings that exist', (path) => {
  const links = [...withoutCode(read(path)).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map(([, link]) => link ?? '')
  const broken = links.filter((link) => {
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : join(dirname(path), file)
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
  expect(broken).toEqual([])
})

// A decision keeps the names of its time, and a walkthrough names files that the reader creates.
it.each(documents.filter((path) => !/CHANGELOG|decisions/.test(path)))('%s names files that exist', (path) => {
  const text = read(path).replaceAll(/^.*\(new\).*$/gm, '')
  const named = [...text.matchAll(/`((?:\.ci|bench|client|deploy|docs|scripts|simulator|src|test)\/[\w./-]+)`/g)]
  const files = named.map(([, file]) => file ?? '').filter((file) => !file.startsWith('client/dist'))
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```/gm, '')
}

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  const headings = [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '')
  const slugs = headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  return slugs.map((slug, at) => {
    const earlier = slugs.slice(0, at).filter((other) => other === slug).length
    return earlier === 0 ? slug : `${slug}-${earlier}`
  })
}
