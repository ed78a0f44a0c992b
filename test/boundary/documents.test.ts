import { existsSync, readFileSync } from 'node:fs'
import { serverLimits } from '../../src/http/server.js'

const read = (path: string) => readFileSync(path, 'utf8')

describe.each(['SECURITY.md', 'docs/threat-model.md'])('%s', (path) => {
  const rows = read(path)
    .split('\n')
    .filter((line) => /^\| (?!risk|border)/.test(line))
  const testsIn = (text: string) => [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? '')

  it('names existing tests, at least one in every row', () => {
    expect(rows.length).toBeGreaterThan(9)
    for (const row of rows) {
      expect({ row, tests: testsIn(row).length }).not.toEqual({ row, tests: 0 })
      expect({ row, missing: testsIn(row).filter((file) => !existsSync(file)) }).toEqual({ row, missing: [] })
    }
  })

  it('links only to existing targets', () => {
    const links = [...read(path).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? '')
    expect(links.filter((link) => !existsSync(link))).toEqual([])
  })
})

it('SECURITY.md answers each of the ten risks of 2023', () => {
  const risks = [...read('SECURITY.md').matchAll(/^\| (API\d+) /gm)].map(([, risk]) => risk)
  expect(risks).toEqual(Array.from({ length: 10 }, (_, n) => `API${n + 1}`))
})

it.each(Object.entries(serverLimits))('docs/operations.md says that %s is %i', (name, value) => {
  const section = read('docs/operations.md').split('## Limits')[1]?.split('\n## ')[0] ?? ''
  expect(section).toMatch(new RegExp(`\`${name}\`(\\) \\||:) ${value}\\b`))
})
