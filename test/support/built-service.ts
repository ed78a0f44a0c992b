import { execFile } from 'node:child_process'
import { access, copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export interface BuiltService {
  /** The absolute path of a built file, e.g. `main.js`. */
  entryPoint(name: string): string
  remove(): Promise<void>
}

/** Builds the service as `npm run build` does, but into a directory of its own, so that nobody's `dist` is touched. */
export async function buildService(): Promise<BuiltService> {
  const directory = await mkdtemp(join(tmpdir(), 'face-groups-built-'))
  for (const file of ['package.json', 'openapi.yaml']) await copyFile(file, join(directory, file))
  await symlink(resolve('node_modules'), join(directory, 'node_modules'))
  // Types are checked elsewhere; what counts here is that there is something to run.
  const build = [resolve('scripts/build.js'), join(directory, 'dist'), '--noCheck']
  await promisify(execFile)(process.execPath, build)
  await access(join(directory, 'dist', 'main.js'))
  return {
    entryPoint: (name) => join(directory, 'dist', name),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
