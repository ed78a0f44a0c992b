// Writes the types of openapi.yaml; with --check, fails unless they are written already.
import { readFile, writeFile } from 'node:fs/promises'
import { register } from 'node:module'

// openapi-typescript needs the programming interface that TypeScript 7 no longer has.
const typeScript6 = new URL('typescript-6.js', import.meta.url)
const hook = `export const resolve = (specifier, context, next) =>
  next(specifier === 'typescript' ? '${typeScript6}' : specifier, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
const { astToString, default: openapiTypeScript } = await import('openapi-typescript')

const document = new URL('../openapi.yaml', import.meta.url)
const target = new URL('../src/face-groups/api-types.generated.ts', import.meta.url)
const types = await openapiTypeScript(document)
const text = `// Generated from openapi.yaml by npm run generate.\n${astToString(types)}`

if (!process.argv.includes('--check')) {
  await writeFile(target, text)
} else if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
  process.stderr.write('src/face-groups/api-types.generated.ts is not current: npm run generate\n')
  process.exitCode = 1
}
