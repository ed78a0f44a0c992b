// Builds the service into dist, or into the directory given; further arguments go to the compiler. What stood there is
// replaced only when the new build is complete: a service may be starting from it.
import { execFileSync } from 'node:child_process'
import { cpSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [target = 'dist', ...compilerOptions] = process.argv.slice(2)

const made = `${target}.${process.pid}.tmp`
for (const project of ['tsconfig.build.json', 'src/explorer/page/tsconfig.build.json']) {
  const command = [`${root}/node_modules/typescript/bin/tsc`, '-p', `${root}/${project}`, '--outDir', made]
  execFileSync(process.execPath, [...command, ...compilerOptions], { stdio: 'inherit' })
}
for (const file of ['index.html', 'explorer.css']) {
  cpSync(`${root}/src/explorer/page/${file}`, `${made}/explorer/page/${file}`)
}
rmSync(target, { recursive: true, force: true })
renameSync(made, target)
