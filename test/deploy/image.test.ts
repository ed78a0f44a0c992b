import { readFile } from 'node:fs/promises'

it('the image starts the service as `npm start` does', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } }
  const command = /^CMD (\[.*\])$/m.exec(await readFile('Dockerfile', 'utf8'))?.[1] ?? 'null'
  expect(scripts.start).toBe(`exec ${(JSON.parse(command) as string[]).join(' ')}`)
})

it('the package, the contract and the example of a site agree on the version', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  expect(/^  version: (.*)$/m.exec(await readFile('openapi.yaml', 'utf8'))?.[1]).toBe(version)
  const site = await readFile('deploy/kubernetes/example/kustomization.yaml', 'utf8')
  expect(/newTag: (.*)$/m.exec(site)?.[1]).toBe(version)
})
