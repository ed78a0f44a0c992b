import type { Buffer } from 'node:buffer'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { packageFile } from '../package-file.js'

/** A file as it is served. */
export interface ExplorerAsset {
  readonly body: Buffer | string
  /** Its media type. */
  readonly type: string
}

export interface ExplorerAssetsOptions {
  /** What the page shows of the service: `ServiceInfo` in page/session.ts. */
  readonly service: Readonly<Record<string, string | undefined>>
  /** Where the build put the browser's modules. Default: `dist` of this package. */
  readonly directory?: string
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

const base = '/assets/explorer'
const library = 'openapi-fetch'

/**
 * The explorer page and everything it loads, by URL path; read now. Throws where the build has not made them.
 * Browsers do not know a package by its name, and a strict CSP keeps import maps out of the page: the one library is
 * served beside the modules and imported by its path.
 */
export function explorerAssets({
  service,
  directory = packageFile('dist'),
}: ExplorerAssetsOptions): Map<string, ExplorerAsset> {
  const assets = new Map<string, ExplorerAsset>()
  const page = join(directory, 'explorer', 'page')
  const info = JSON.stringify(service).replaceAll(/[&"<]/g, (character) => `&#${character.charCodeAt(0)};`)
  const html = readFileSync(join(page, 'index.html'), 'utf8').replace('content="{}"', () => `content="${info}"`)
  assets.set('/', { body: html, type: 'text/html; charset=utf-8' })
  assets.set(`${base}/explorer.css`, { body: readFileSync(join(page, 'explorer.css')), type: types['.css'] ?? '' })
  assets.set(`${base}/${library}.js`, { body: readFileSync(libraryFile()), type: types['.js'] ?? '' })
  for (const folder of ['explorer/page', 'client']) {
    for (const name of readdirSync(join(directory, folder))) {
      if (extname(name) !== '.js') continue
      const text = readFileSync(join(directory, folder, name), 'utf8')
      assets.set(`${base}/${folder}/${name}`, { body: forBrowser(text), type: types['.js'] ?? '' })
    }
  }
  return assets
}

function forBrowser(module: string): string {
  return module
    .replace(new RegExp(`from (['"])${library}\\1`, 'g'), `from '${base}/${library}.js'`)
    .replace(/^\/\/# sourceMappingURL=.*$/gm, '')
}

function libraryFile(): string {
  return createRequire(import.meta.url)
    .resolve(library)
    .replace(/index\.c?js$/, 'index.mjs')
}
