import type { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Router } from 'express'
import { packageFile } from '../package-file.js'
import { contextOf } from './context.js'
import { methodNotAllowed } from './error-handler.js'
import { openapiJson } from './openapi-json.generated.js'
import { problems } from './problem.js'
import { problemPage } from './problem-pages.js'
import { pageSecurity } from './security-headers.js'

/** A file as it is served. */
export interface Asset {
  readonly body: Buffer | string
  /** Its media type. */
  readonly type: string
}

/** Routes for static files, public, by exact path. */
export function assetRoutes(assets: ReadonlyMap<string, Asset>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const [path, { body, type }] of assets) {
    const route = routeOf(path)
    const etag = `"${hash('sha256', body, 'base64url').slice(0, 24)}"`
    router
      .route(path)
      .all((_request, response, next) => {
        contextOf(response).route = route
        next()
      })
      // Express answers 304 if the ETag matches.
      .get(pageSecurity, (_request, response) => {
        response.set({ 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: etag }).send(body)
      })
      .all(methodNotAllowed('GET, HEAD'))
  }
  return router
}

/** The files of one folder share a route, so that a metric's label stays bounded. */
function routeOf(path: string): string {
  if (path.startsWith('/assets/')) return '/assets/{file}'
  return path.startsWith('/problems/') ? '/problems/{code}' : path
}

const html = 'text/html; charset=utf-8'
const css = 'text/css; charset=utf-8'
const script = 'text/javascript; charset=utf-8'

/**
 * The contract and its pages, by URL path, read synchronously: `/openapi.yaml`, `/openapi.json`, `/docs` with Swagger
 * UI from this origin, and `/problems/{code}` for each problem.
 */
export function contractAssets(): Map<string, Asset> {
  const yaml = readFileSync(packageFile('openapi.yaml'), 'utf8')
  return new Map<string, Asset>([
    ['/openapi.yaml', { body: yaml, type: 'application/yaml' }],
    ['/openapi.json', { body: openapiJson, type: 'application/json' }],
    ['/docs', { body: docsPage, type: html }],
    ['/assets/docs/start.js', { body: startDocs, type: script }],
    ['/assets/docs/swagger-ui.css', { body: swaggerFile('swagger-ui.css'), type: css }],
    ['/assets/docs/swagger-ui-bundle.js', { body: swaggerFile('swagger-ui-bundle.js'), type: script }],
    ['/assets/page.css', { body: pageStyle, type: css }],
    ['/assets/favicon.svg', { body: favicon, type: 'image/svg+xml' }],
    ...(Object.keys(problems) as (keyof typeof problems)[]).map((code): [string, Asset] => [
      `/problems/${code}`,
      { body: problemPage(code), type: html },
    ]),
  ])
}

const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>face-groups API</title>
    <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
    <link rel="stylesheet" href="/assets/docs/swagger-ui.css">
    <script src="/assets/docs/swagger-ui-bundle.js" defer></script>
    <script src="/assets/docs/start.js" defer></script>
  </head>
  <body><main id="docs"></main></body>
</html>
`

// Swagger UI has a dark theme but ignores the reader's preference.
const startDocs = `const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })
`

/** Style of the small pages. A file, because the content security policy forbids inline styles. */
const pageStyle = `:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { margin: 3rem auto; max-width: 42rem; padding: 0 1rem; }
body, html { color: light-dark(#1f2328, #e6edf3); background: light-dark(#ffffff, #0f1318); }
a { color: light-dark(#0b57d0, #8ab4f8); }
h1 { font-size: 1.5rem; line-height: 1.3; }
h2 { margin: 1.5rem 0 0; font-size: 1rem; }
h2 + p { margin-top: 0.25rem; }
code { font-family: ui-monospace, monospace; }
`

const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b57d0"/>
<g fill="#fff"><circle cx="12" cy="12" r="4.5"/><path d="M4 26c0-5 3.5-8 8-8s8 3 8 8z"/>
<circle cx="22" cy="12.5" r="3.5"/><path d="M22 26h6c0-4-2.5-7-6-7a6 6 0 0 0-2 .3c1.5 1.7 2 4 2 6.7z"/></g>
</svg>
`

function swaggerFile(name: string) {
  return readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`))
}
