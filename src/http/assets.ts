import type { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Router } from 'express'
import { packageFile } from '../package-file.js'
import { contextOf } from './context.js'
import { methodNotAllowed } from './error-handler.js'
import { openapiJson } from './openapi-json.generated.js'
import { problems } from './problem.js'
import { pageStyle, problemPage } from './problem-pages.js'
import { pageSecurity } from './security-headers.js'

/** A file as it is served. */
export interface Asset {
  readonly body: Buffer | string
  /** Its media type. */
  readonly type: string
}

/** Pages and what they load, for anyone, by their exact path. They change with a deployment only. */
export function assetRoutes(assets: ReadonlyMap<string, Asset>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const [path, { body, type }] of assets) {
    const route = routeOf(path)
    router
      .route(path)
      .all((_request, response, next) => {
        contextOf(response).route = route
        next()
      })
      // Express adds the ETag and answers 304 to who has it.
      .get(pageSecurity, (_request, response) => {
        response.set({ 'Content-Type': type, 'Cache-Control': 'no-cache' }).send(body)
      })
      .all(methodNotAllowed('GET, HEAD'))
  }
  return router
}

/** Files of one folder are one route, so that a metric's label does not grow with them. */
function routeOf(path: string): string {
  if (path.startsWith('/assets/')) return '/assets/{file}'
  return path.startsWith('/problems/') ? '/problems/{code}' : path
}

const html = 'text/html; charset=utf-8'
const css = 'text/css; charset=utf-8'
const script = 'text/javascript; charset=utf-8'

/**
 * The contract and its pages, by URL path; read now. `/openapi.yaml` as it is written, `/openapi.json`, `/docs` with
 * Swagger UI from this origin, and `/problems/{code}` for each problem there is.
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
    <title>face-groups: the API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/assets/docs/swagger-ui.css">
    <script src="/assets/docs/swagger-ui-bundle.js" defer></script>
    <script src="/assets/docs/start.js" defer></script>
  </head>
  <body><main id="docs"></main></body>
</html>
`

const startDocs = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })
`

function swaggerFile(name: string) {
  return readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`))
}
