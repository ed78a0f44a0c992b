import type { Buffer } from 'node:buffer'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { packageFile } from '../package-file.js'

/** A file to be served. */
export interface ExplorerAsset {
  readonly body: Buffer | string
  /** Its media type. */
  readonly type: string
}

export interface ExplorerAssetsOptions {
  /** Information about the service for the page: `ServiceInfo` in page/session.ts. */
  readonly service: Readonly<Record<string, string | undefined>>
  /** The build's output folder. Default: `dist` of this package. */
  readonly directory?: string
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/**
 * The explorer page and the files it loads, by URL path: the page at `/`, the others under `/assets/explorer/`. Read
 * synchronously, once. Throws if the build has not made them or made a file of an unknown type.
 */
export function explorerAssets({
  service,
  directory = packageFile('dist'),
}: ExplorerAssetsOptions): Map<string, ExplorerAsset> {
  const folder = join(directory, 'explorer')
  const info = JSON.stringify(service).replaceAll(/[&"<]/g, (character) => `&#${character.charCodeAt(0)};`)
  return new Map(
    readdirSync(folder).map((name): [string, ExplorerAsset] => {
      const type = types[extname(name)]
      if (type === undefined) throw new Error(`no media type for the explorer's file ${name}`)
      const body = readFileSync(join(folder, name))
      if (name !== 'index.html') return [`/assets/explorer/${name}`, { body, type }]
      return ['/', { body: body.toString().replace('content="{}"', () => `content="${info}"`), type }]
    }),
  )
}
