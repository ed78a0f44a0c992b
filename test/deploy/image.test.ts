import { readFile } from 'node:fs/promises'

it('the image starts the service as `npm start` does', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } }
  const command = /^CMD (\[.*\])$/m.exec(await readFile('Dockerfile', 'utf8'))?.[1] ?? 'null'
  expect(scripts.start).toBe(`exec ${(JSON.parse(command) as string[]).join(' ')}`)
})
