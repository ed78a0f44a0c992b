import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { loadConfig } from '../../src/config/load-config.js'
import { secretVariables, variables } from '../../src/config/variables.js'

const example = parse(readFileSync(new URL('../../.env.example', import.meta.url)))

describe('.env.example', () => {
  it('lists every variable and no other', () => {
    const known = [...Object.keys(variables), ...secretVariables]
    expect(Object.keys(example).toSorted()).toEqual(known.toSorted())
  })

  it('shows the defaults', () => {
    const needed = { FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret', AUTH_MODE: 'none' }
    const comparable = (environment: Record<string, string>) =>
      JSON.stringify(loadConfig({ ...environment, ...needed }))
    expect(comparable(example)).toBe(comparable({}))
  })
})
