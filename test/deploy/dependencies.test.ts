import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prometheus.js'

describe('docs/dependencies.md', () => {
  const document = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const [shipped = '', development = ''] = document.split('## For building and testing')

  it.each([
    ['dependencies', shipped],
    ['devDependencies', development],
  ] as const)('gives a reason for each of the %s, and for no other', (kind, section) => {
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const explained = rows.flatMap((row) => (row.split('|')[1] ?? '').match(/[^`, ]+/g) ?? [])
    expect(new Set(explained)).toEqual(new Set(Object.keys(packageFile()[kind])))
  })

  it.each(Object.keys({ ...packageFile().dependencies, ...packageFile().devDependencies }))(
    'knows the licence of %s',
    (name) => {
      const row = document.split('\n').find((line) => line.startsWith('| `') && line.includes(`\`${name}\``))
      expect(row?.split('|')[2]).toContain(licenceOf(name))
    },
  )
})

function packageFile(): Record<'dependencies' | 'devDependencies', Record<string, string>> {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

function licenceOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).license
}
