import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { findUnknownVariables, loadConfig } from '../../src/config/load-config.js'

const text = readFileSync(new URL('../../docs/identity-providers.md', import.meta.url), 'utf8')
const sections = text.split(/^## /m).slice(1)
const recipes = sections.flatMap((section): [string, Record<string, string>][] => {
  const block = /```sh\n(AUTH_MODE=jwt\n[^`]*)```/.exec(section)?.[1]
  return block === undefined ? [] : [[section.slice(0, section.indexOf('\n')), parse(block)]]
})

describe('the examples for identity providers', () => {
  it('are six', () => {
    expect(recipes).toHaveLength(6)
  })

  it.each(recipes)('for %s is a valid production configuration with key discovery', (_provider, recipe) => {
    const vendor = { FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret' }
    const { authentication } = loadConfig({ ...vendor, ...recipe, NODE_ENV: 'production' })
    expect(authentication).toMatchObject({ issuer: recipe['JWT_ISSUER'], audience: recipe['JWT_AUDIENCE'], jwks: null })
    expect(findUnknownVariables(recipe)).toEqual([])
  })
})
