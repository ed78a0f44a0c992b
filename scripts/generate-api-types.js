// Generates code from openapi.yaml: its types and its JSON. With --check, fails unless the generated files are current.
import { readFile, writeFile } from 'node:fs/promises'
import { register } from 'node:module'
import { parse } from 'yaml'

// openapi-typescript needs the compiler API, which TypeScript 7 does not have.
const typeScript6 = new URL('typescript-6.js', import.meta.url)
const hook = `export const resolve = (specifier, context, next) =>
  next(specifier === 'typescript' ? '${typeScript6}' : specifier, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
const { astToString, default: openapiTypeScript } = await import('openapi-typescript')

const document = new URL('../openapi.yaml', import.meta.url)
const types = astToString(await openapiTypeScript(document))
const json = JSON.stringify(parse(await readFile(document, 'utf8')))
const generated = {
  'src/face-groups/api-types.generated.ts': types,
  // The client is a separate package, so it has its own copy of the types.
  'client/src/api-types.generated.ts': types,
  // As a module, so that the service does not parse YAML at start.
  'src/http/openapi-json.generated.ts': `export const openapiJson =\n  ${JSON.stringify(json)}\n`,
}

for (const [path, text] of Object.entries(generated)) {
  const target = new URL(`../${path}`, import.meta.url)
  const written = `// Generated from openapi.yaml by npm run generate.\n${text}`
  if (!process.argv.includes('--check')) {
    await writeFile(target, written)
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== written) {
    process.stderr.write(`${path} is not current: npm run generate\n`)
    process.exitCode = 1
  }
}
