import { readFileSync } from 'node:fs'

const stages = readFileSync('Dockerfile', 'utf8').split(/^(?=FROM )/m)
const image = stages.at(-1) ?? ''
const buildOutputs = (stage: string) => [...stage.matchAll(/^COPY --from=build (\S+)/gm)].map(([, path]) => path)

describe('the image', () => {
  it('starts the service as `npm start` does', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }
    const command = /^CMD (\[.*\])$/m.exec(image)?.[1] ?? 'null'
    expect(scripts.start).toBe(`exec ${(JSON.parse(command) as string[]).join(' ')}`)
  })

  it('contains the build and no development tool', () => {
    expect(buildOutputs(image)).toEqual(['/app/dist'])
    const copied = [...image.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
    expect(copied).toEqual(['package.json', 'openapi.yaml', 'LICENSE'])
  })

  it('builds the simulator in a separate stage, which docker-compose.yml uses', () => {
    const simulator = stages.find((stage) => /^FROM \S+ AS simulator$/m.test(stage)) ?? ''
    expect(buildOutputs(simulator)).toEqual(['/app/dist-dev/simulator.js'])
    expect(readFileSync('docker-compose.yml', 'utf8')).toMatch(/^ {2}simulator:\n(?: {4}.*\n)*? {6}target: simulator$/m)
  })
})

it('the package, the contract and the example site have the same version', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(/^  version: (.*)$/m.exec(readFileSync('openapi.yaml', 'utf8'))?.[1]).toBe(version)
  const site = readFileSync('deploy/kubernetes/example/kustomization.yaml', 'utf8')
  expect(/newTag: (.*)$/m.exec(site)?.[1]).toBe(version)
})

it('the benchmark uses the Node of the image', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { bench: string } }
  const major = /^FROM node:(\d+)-slim/m.exec(image)?.[1]
  expect(major).toMatch(/^\d+$/)
  expect(scripts.bench).toContain(`@${major} -- node bench/`)
})
