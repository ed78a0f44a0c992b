// Bundles src/snapshot-cache/lua/*.lua into a module, so that tests and the build need no further files. With --check,
// fails unless the module is current.
import { readdir, readFile, writeFile } from 'node:fs/promises'

const directory = new URL('../src/snapshot-cache/lua/', import.meta.url)
const target = 'src/snapshot-cache/lua.generated.ts'

let text = '// Generated from src/snapshot-cache/lua by npm run generate.\nexport const lua = {\n'
for (const file of (await readdir(directory)).toSorted()) {
  const source = await readFile(new URL(file, directory), 'utf8')
  text += `  ${file.replace('.lua', '')}: ${JSON.stringify(source)},\n`
}
text += '}\n'

const url = new URL(`../${target}`, import.meta.url)
if (!process.argv.includes('--check')) {
  await writeFile(url, text)
} else if ((await readFile(url, 'utf8').catch(() => '')) !== text) {
  process.stderr.write(`${target} is not current: npm run generate\n`)
  process.exitCode = 1
}
