// Bundles the entry points into dist/ (what runs in production) and dist-dev/ (simulator and development server), in the
// directory given as argument, by default this one. Each is replaced as a whole, because a process may be starting from
// it. Types are not checked here (npm run check:types).
import { cpSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const into = resolve(process.argv[2] ?? root)

/** @type {import('esbuild').BuildOptions} */
const common = { absWorkingDir: root, bundle: true, format: 'esm', logLevel: 'warning' }

/** @type {import('esbuild').BuildOptions} */
const forNode = {
  ...common,
  platform: 'node',
  target: 'node20',
  // OpenTelemetry instruments express by its package name, so it must not be part of the bundle.
  external: ['express'],
  sourcemap: true,
  sourcesContent: false,
  // For bundled CommonJS packages.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)",
  },
}

/** @type {import('esbuild').BuildOptions} */
const forBrowser = { ...common, platform: 'browser', target: 'es2022', minify: true }

await replace('dist', async (outdir) => {
  await build({ ...forNode, entryPoints: { main: 'src/main.ts', 'doctor/main': 'src/doctor/main.ts' }, outdir })
  const page = { main: 'src/explorer/page/main.ts', explorer: 'src/explorer/page/explorer.css' }
  await build({ ...forBrowser, entryPoints: page, outdir: join(outdir, 'explorer') })
  cpSync(join(root, 'src/explorer/page/index.html'), join(outdir, 'explorer/index.html'))
})
await replace('dist-dev', async (outdir) => {
  await build({ ...forNode, entryPoints: { simulator: 'simulator/main.ts', dev: 'simulator/dev.ts' }, outdir })
})

async function replace(name, write) {
  const target = join(into, name)
  const temporary = `${target}.${process.pid}.tmp`
  await write(temporary)
  rmSync(target, { recursive: true, force: true })
  renameSync(temporary, target)
}
