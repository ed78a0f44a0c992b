// Builds the service into dist, or into the directory given; further arguments go to the compiler. What stood there is
// replaced only when the new build is complete: a service may be starting from it.
import { execFileSync } from 'node:child_process'
import { cpSync, renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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
// The service in one file, for it spent most of its start on finding and reading a thousand. Tracing hooks into express by
// its name, and a package that was not asked for by name cannot be hooked into.
await build({
  // The names of the joined files stand in the result, which must not depend on where it was made.
  absWorkingDir: resolve(made),
  entryPoints: ['main.js'],
  outfile: 'main.js',
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['express'],
  sourcemap: true,
  sourcesContent: false,
  // For the packages in it that are CommonJS.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)",
  },
  logLevel: 'warning',
})
rmSync(target, { recursive: true, force: true })
renameSync(made, target)
