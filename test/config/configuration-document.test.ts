import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { loadConfig } from '../../src/config/load-config.js'
import { secretVariables, variables } from '../../src/config/variables.js'

const rows = readFileSync('docs/configuration.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, name = '', , fallback = '', example = '', secret = ''] = line.split('|').map((cell) => cell.trim())
    return { name: unquote(name) ?? '', fallback, example: unquote(example), secret }
  })

/** The text of a cell that is code and nothing else. */
function unquote(cell: string): string | undefined {
  return /^`([^`]*)`$/.exec(cell)?.[1]
}

describe('docs/configuration.md', () => {
  it('has every variable and no other', () => {
    const known = [...Object.keys(variables), ...secretVariables]
    expect(rows.map(({ name }) => name).toSorted()).toEqual(known.toSorted())
  })

  it('marks the secrets', () => {
    const marked = rows.filter(({ secret }) => secret === 'secret').map(({ name }) => name)
    expect(marked.toSorted()).toEqual(secretVariables.toSorted())
  })

  it('shows the defaults of .env.example', () => {
    const defaults = parse(readFileSync('.env.example'))
    for (const { name, fallback } of rows) {
      expect({ name, default: unquote(fallback) ?? '' }).toEqual({ name, default: defaults[name] })
    }
  })

  it.each(Object.entries(variables))('has a valid example of %s', (name, schema) => {
    const example = rows.find((row) => row.name === name)?.example
    expect(schema.safeParse(example)).toMatchObject({ success: true })
    expect(example).toBeDefined()
  })
})

it('the least configuration of the README is valid in production', () => {
  const [, block = ''] = /```sh\n(NODE_ENV=production\n[^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? []
  const environment = Object.entries(parse(block)).map(([name, value]) => {
    return name.endsWith('_FILE') ? [name.replace('_FILE', ''), 'secret'] : [name, value]
  })
  expect(loadConfig(Object.fromEntries(environment)).environment).toBe('production')
})
