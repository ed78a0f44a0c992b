import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prometheus.js'

describe('docs/dependencies.md', () => {
  const document = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const [shipped = '', client = '', development = ''] = document.split(
    /^## In the client$|^## For building and testing$/m,
  )

  it.each([
    ['dependencies', '.', shipped],
    ['dependencies', 'client', client],
    ['devDependencies', '.', development],
  ] as const)('gives a reason for each of the %s of %s, and for no others', (kind, folder, section) => {
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const explained = rows.flatMap((row) => (row.split('|')[1] ?? '').match(/[^`, ]+/g) ?? [])
    expect(new Set(explained)).toEqual(new Set(Object.keys(packageFile(folder)[kind])))
  })

  it.each([
    ...Object.keys(packageFile('.').dependencies),
    ...Object.keys(packageFile('client').dependencies),
    ...Object.keys(packageFile('.').devDependencies),
  ])('states the licence of %s', (name) => {
    const row = document.split('\n').find((line) => line.startsWith('| `') && line.includes(`\`${name}\``))
    expect(row?.split('|')[2]).toContain(licenceOf(name))
  })
})

function packageFile(folder: string): Record<'dependencies' | 'devDependencies', Record<string, string>> {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

function licenceOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).license
}
