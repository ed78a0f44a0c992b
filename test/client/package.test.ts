import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { type RunningService, startService } from '../support/service.js'

const run = promisify(execFile)
const currentTypeScript = [process.execPath, resolve('node_modules/typescript/bin/tsc')]
const oldTypeScript = ['npx', '--offline', '--yes', '--package', 'typescript@5.4.5', '--', 'tsc']

/** Uses the package like an application. Prints the ids of the list. */
const application = `
import { createFaceGroupsClient, type FaceGroup, FaceGroupsProblem, type ListQuery } from '@face-groups/client'

const [baseUrl = '', token = ''] = process.argv.slice(2)
const query: ListQuery = { limit: 2, sort: '-createdAt' }
// @ts-expect-error Not a valid sort: the types must not be any.
const wrong: ListQuery = { sort: 'size' }
const client = createFaceGroupsClient({ baseUrl, token: () => token })
const found: FaceGroup[] = []
for await (const group of client.iterate(query)) found.push(group)
const code: string = await client.list(wrong).then(
  () => 'none',
  (error: unknown) => (error instanceof FaceGroupsProblem ? error.code : 'unknown'),
)
console.log(JSON.stringify({ ids: found.map(({ id }) => id), code }))
`
const compilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
}

describe('the packed client', () => {
  let directory: string
  let project: string
  let running: RunningService
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'face-groups-client-'))
    project = join(directory, 'application')
    running = await startService()
    // A copy, so that packing does not build in the working tree.
    await cp('client', join(directory, 'client'), {
      recursive: true,
      filter: (path) => !/\/(?:dist|node_modules)$/.test(path),
    })
    await cp('tsconfig.json', join(directory, 'tsconfig.json'))
    await symlink(resolve('node_modules'), join(directory, 'node_modules'))
    await mkdir(project)
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    await writeFile(join(project, 'main.ts'), application)
    await writeFile(join(project, 'process.d.ts'), 'declare const process: { argv: string[] }')
    // The dependencies come from tarballs as well, so that no registry is needed.
    const dependencies = ['openapi-fetch', 'openapi-typescript-helpers'].map((name) => resolve('node_modules', name))
    const tarballs = [...(await pack(['./client'])), ...(await pack(dependencies, '--ignore-scripts'))]
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project })
  }, 180_000)
  afterAll(async () => {
    await running?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  async function pack(folders: readonly string[], ...options: string[]): Promise<string[]> {
    const args = ['pack', '--silent', '--pack-destination', directory, ...options, ...folders]
    const { stdout } = await run('npm', args, { cwd: directory })
    const names = stdout.trim().split('\n').slice(-folders.length)
    return names.map((name) => join(directory, name))
  }

  async function compile(
    [command = '', ...args]: string[],
    moduleResolution: string,
    ...more: string[]
  ): Promise<void> {
    const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext'
    const config = { compilerOptions: { ...compilerOptions, module, moduleResolution } }
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config))
    // The compiler prints its diagnostics to standard output, which an error of execFile does not show.
    await run(command, [...args, ...more], { cwd: project }).catch((error: Error & { stdout?: string }) => {
      throw new Error(error.stdout || error.message)
    })
  }

  it('contains only what was built, the README, the license and the changelog', async () => {
    const installed = join(project, 'node_modules/@face-groups/client')
    expect((await readdir(installed)).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ])
    const built = await readdir(join(installed, 'dist'))
    expect(built.filter((name) => !/\.(?:js|d\.ts)$/.test(name))).toEqual([])
    expect(built).toEqual(expect.arrayContaining(['face-groups-client.js', 'api-types.generated.d.ts']))
  })

  it('has at most two further dependencies', async () => {
    const names = await readdir(join(project, 'node_modules'))
    const packages = names.filter((name) => !name.startsWith('.'))
    expect(packages).toEqual(['@face-groups', 'openapi-fetch', 'openapi-typescript-helpers'])
  })

  it('compiles with moduleResolution bundler', () => compile(currentTypeScript, 'bundler', '--noEmit'))

  const itWithOldTypeScript = isAvailable(oldTypeScript) ? it : it.skip
  itWithOldTypeScript.each(['nodenext', 'bundler'])(
    'compiles with moduleResolution %s of TypeScript 5.4, if npm has it in its cache',
    (resolution) => compile(oldTypeScript, resolution, '--noEmit'),
  )

  it('compiles with moduleResolution nodenext, and runs in Node against the service', async () => {
    await compile(currentTypeScript, 'nodenext')
    const { stdout } = await run(process.execPath, ['main.js', running.url, await running.token()], { cwd: project })
    const ids = ['Finauth_test_001', expect.any(String), expect.any(String)]
    expect(JSON.parse(stdout)).toEqual({ ids: expect.arrayContaining(ids), code: 'invalid_request' })
  })

  it('adds at most 6 kB to a web page, compressed', async () => {
    const contents = `export { createFaceGroupsClient, FaceGroupsProblem } from '@face-groups/client'`
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    })
    expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThanOrEqual(6000)
  })
})

function isAvailable([command = '', ...args]: string[]): boolean {
  try {
    execFileSync(command, [...args, '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
