import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The absolute path of a file of this package, e.g. `openapi.yaml`. It is looked for above this file, which the build
 * joins with others, by the nearest `package.json`. Throws where there is none.
 */
export function packageFile(path: string): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json'))) {
    const above = dirname(directory)
    if (above === directory) throw new Error('there is no package.json above the service')
    directory = above
  }
  return join(directory, path)
}

/** The version in `package.json`. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }
  return version
}
